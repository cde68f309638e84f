import { LONG_LIVED_TOKEN_LIFE_MS } from '@parley/instagram/limits.ts'
import type { GrantRow } from './schema.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** From here on a status says `expiring`. */
export const EXPIRING_MS = 14 * DAY_MS

export type GrantFacts = Pick<
  GrantRow,
  'status' | 'reason' | 'expiry' | 'expires_at' | 'issued_at' | 'refreshed_at' | 'sealed_token'
>

/** What a grant is at this moment, whatever nobody has written down yet. */
export type DerivedGrant = {
  readonly status: 'pending' | 'active' | 'expiring' | 'needs_reauth' | 'revoked' | 'disconnected'
  readonly reason: string | null
  readonly isUsable: boolean
  /** Unix time in ms; `undefined`: no end is known. */
  readonly endsAtMs: number | undefined
}

/** Derives from facts and the clock, so that a date in the past can never look healthy. */
export function deriveGrant(grant: GrantFacts, nowMs: number): DerivedGrant {
  const endsAtMs = endOf(grant)
  const dead = (status: DerivedGrant['status'], reason: string | null): DerivedGrant => ({
    status,
    reason,
    isUsable: false,
    endsAtMs,
  })
  if (grant.status !== 'active') return dead(grant.status, grant.reason)
  if (grant.sealed_token === null) return dead('needs_reauth', 'token_destroyed')
  if (endsAtMs !== undefined && endsAtMs <= nowMs) return dead('needs_reauth', 'expired')
  const isExpiring = endsAtMs !== undefined && endsAtMs - nowMs <= EXPIRING_MS
  return {
    status: isExpiring ? 'expiring' : 'active',
    reason: grant.reason,
    isUsable: true,
    endsAtMs,
  }
}

/** A token of unknown life lives 60 days at most. */
function endOf(grant: GrantFacts): number | undefined {
  switch (grant.expiry) {
    case 'never':
      return undefined
    case 'known':
      return grant.expires_at?.getTime()
    case 'unknown':
      return (grant.refreshed_at ?? grant.issued_at).getTime() + LONG_LIVED_TOKEN_LIFE_MS
  }
}
