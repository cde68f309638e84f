import { cleanText } from './clean-text.ts'

/** Readers for parsed JSON of unknown shape. Each gives `undefined` where the shape is another. */
export type JsonRecord = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function recordOf(value: unknown): JsonRecord | undefined {
  return isRecord(value) ? value : undefined
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Text that may be stored. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? cleanText(value) : undefined
}

/** An `http(s)` address; any other scheme would be a trap in a dashboard link. */
export function urlOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^https?:\/\//i.test(value) ? cleanText(value) : undefined
}

const DIGITS = /^\d{1,32}$/

/** An id as decimal text, whether Meta sent it quoted or not. */
export function idText(value: unknown): string | undefined {
  if (typeof value === 'string') return DIGITS.test(value) ? value : undefined
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? String(value)
    : undefined
}

/** A number, whether Meta sent it quoted or not. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined
}

/** Below this a time is seconds: as milliseconds it would lie in early 1973. */
const SECONDS_BELOW = 1e11
/** What `Date` can hold, and comfortably what `timestamptz` can. */
const MS_MAX = 8.64e15

/** Meta's times in ms: milliseconds in `messaging`, seconds in `changes`, seconds as text in tests. */
export function timeMs(value: unknown): number | undefined {
  const time = numberOf(value)
  if (time === undefined || time <= 0 || time > MS_MAX) return undefined
  return Math.trunc(time < SECONDS_BELOW ? time * 1000 : time)
}
