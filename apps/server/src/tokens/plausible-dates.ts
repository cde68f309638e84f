import { LONG_LIVED_TOKEN_LIFE_MS } from '@parley/instagram/limits.ts'

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

/** Checks and pauses lie within a day, Meta's own pauses too. */
export const LOOKED_AT_WITHIN_MS = 2 * DAY_MS
/** A refresh is planned at half life and a tenth. */
export const REFRESHED_WITHIN_MS = LONG_LIVED_TOKEN_LIFE_MS * 0.6 + DAY_MS
/** The clocks of two workers, or of a worker and the database, may differ by so much. */
export const CLOCKS_APART_MS = HOUR_MS

/** Whether a moment that has passed lies in the future: whoever wrote it had a clock that was ahead. */
export const isOfWrongClock = (past: Date, nowMs: number): boolean =>
  past.getTime() > nowMs + CLOCKS_APART_MS
