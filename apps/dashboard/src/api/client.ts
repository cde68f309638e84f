import type { z } from 'zod'
import { readRefusal, Refusal, unreachable, unreadable } from './refusal.ts'

/** No call waits longer unless it says so; the stream is not a call. */
const TIMEOUT_MS = 20_000

export type Call = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  body?: unknown
  /** Same key, same request: the server answers a repeat with the first answer. */
  idempotencyKey?: string
  signal?: AbortSignal
  timeoutMs?: number
}

/**
 * Calls the server and reads its answer with the contract's schema.
 *
 * @throws Refusal for a refused, unreachable or unreadable answer.
 */
export async function call<S extends z.ZodType>(
  schema: S,
  url: string,
  { method = 'GET', body, idempotencyKey, signal, timeoutMs = TIMEOUT_MS }: Call = {},
): Promise<z.output<S>> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const answer = await fetch(url, {
    method,
    credentials: 'same-origin',
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  }).catch((error: unknown) => {
    // Query drops what it cancelled itself; only what nobody cancelled is shown.
    if (signal?.aborted === true) throw error
    throw unreachable(error)
  })

  const text = await answer.text().catch((error: unknown) => {
    if (signal?.aborted === true) throw error
    throw unreachable(error)
  })
  const json = readJson(text)
  if (!answer.ok) throw readRefusal(answer.status, json)

  const parsed = schema.safeParse(json)
  if (!parsed.success) throw unreadable(parsed.error)
  return parsed.data
}

function readJson(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** True for what a repeat may mend: the network and the server's own trouble. */
export function isWorthRepeating(error: unknown): boolean {
  if (!(error instanceof Refusal)) return false
  const { status, code } = error.problem
  return code !== 'dashboard/unreadable' && (status === 0 || status === 429 || status >= 500)
}
