import { createHash } from 'node:crypto'
import { LONG_LIVED_TOKEN_LIFE_MS, REFRESH_AGE_MS_MIN } from '@parley/instagram/limits.ts'
import type { Expiry } from './schema.ts'

/** A tenth of the life: accounts connected in one minute are refreshed over days. */
const JITTER_OF_LIFE = 0.1

/**
 * When to refresh: at half life plus the connection's own jitter, never before Meta takes it (24 h). A token of
 * unknown life is due as soon as allowed; a page token has nothing to refresh.
 *
 * @returns Unix time in ms.
 */
export function planRefresh(input: {
  connectionId: string
  issuedAtMs: number
  expiry: Expiry
  expiresAtMs: number | undefined
}): number | undefined {
  const { connectionId, issuedAtMs, expiry, expiresAtMs } = input
  if (expiry === 'never') return undefined
  const earliestMs = issuedAtMs + REFRESH_AGE_MS_MIN
  if (expiresAtMs === undefined) return earliestMs
  const lifeMs = Math.min(expiresAtMs - issuedAtMs, LONG_LIVED_TOKEN_LIFE_MS)
  const jitterMs = lifeMs * JITTER_OF_LIFE * shareOf(connectionId)
  return Math.max(earliestMs, Math.round(issuedAtMs + lifeMs / 2 + jitterMs))
}

/** 0 ≤ x < 1, the same for the same connection always. */
function shareOf(connectionId: string): number {
  return createHash('sha256').update(connectionId).digest().readUInt32BE(0) / 2 ** 32
}
