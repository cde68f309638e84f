import { AppError } from '@parley/contract/app-error.ts'
import type { TokenStatus } from '@parley/contract/connection.ts'
import { explainReason, reasons } from '@parley/contract/reasons.ts'
import type { Ports } from '#ports/ports.ts'
import { chooseGrant } from './choose-grant.ts'
import { deriveGrant } from './derive-grant.ts'
import type { DerivedGrant } from './derive-grant.ts'
import type { GrantRow } from './schema.ts'
import { findTenantOf, listGrants } from './store.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Facts about the token of the grant in use (or of the last one there was), derived at this moment. Never the token.
 *
 * @param tenants who may be looked at; null: everybody.
 * @throws AppError `connections/not-found`.
 */
export async function readTokenStatus(
  ports: Pick<Ports, 'db' | 'clock'>,
  connectionId: string,
  tenants: readonly string[] | null,
): Promise<TokenStatus> {
  const tenantId = await findTenantOf(ports.db, connectionId, tenants)
  if (tenantId === undefined) throw new AppError('connections/not-found')
  const nowMs = ports.clock.now()
  const grants = await listGrants(ports.db, [{ tenantId, connectionId }])
  const grant =
    chooseGrant(grants, nowMs) ??
    grants.findLast(({ status }) => status !== 'pending') ??
    grants.at(-1)
  return describe(grant, nowMs)
}

function describe(grant: GrantRow | undefined, nowMs: number): TokenStatus {
  if (grant === undefined) return NO_TOKEN
  const derived = deriveGrant(grant, nowMs)
  const expiresAtMs = grant.expires_at?.getTime()
  const dueMs = grant.next_refresh_at?.getTime()
  return {
    isValid: derived.isUsable,
    status: derived.status,
    reason: derived.reason,
    checkedAt: isoOf(grant.checked_at),
    issuedAt: isoOf(grant.issued_at),
    refreshedAt: isoOf(grant.refreshed_at),
    nextRefreshAt: isoOf(grant.next_refresh_at),
    expiresAt: isoOf(grant.expires_at),
    expiry: grant.expiry,
    expiresWithin24h: expiresAtMs !== undefined && expiresAtMs - nowMs <= DAY_MS,
    refreshDue: derived.isUsable && dueMs !== undefined && dueMs <= nowMs,
    tokenInfo: {
      appId: grant.app_id,
      application: null,
      scopes: grant.scopes,
      userId: grant.token_user_id,
    },
    message: messageOf(derived, nowMs),
  }
}

const NO_TOKEN: TokenStatus = {
  isValid: false,
  status: 'disconnected',
  reason: null,
  checkedAt: null,
  issuedAt: null,
  refreshedAt: null,
  nextRefreshAt: null,
  expiresAt: null,
  expiry: 'unknown',
  expiresWithin24h: false,
  refreshDue: false,
  tokenInfo: { appId: null, application: null, scopes: [], userId: null },
  message: 'There is no token',
}

function messageOf(derived: DerivedGrant, nowMs: number): string {
  switch (derived.status) {
    case 'active':
      return 'Token is valid'
    case 'expiring': {
      const days = Math.floor(((derived.endsAtMs ?? nowMs) - nowMs) / DAY_MS)
      return `Token is valid and ends in ${days === 1 ? '1 day' : `${days} days`}`
    }
    case 'pending':
      return 'Waiting for confirmation'
    case 'needs_reauth':
    case 'revoked': {
      const words = explainReason(derived.reason ?? 'token_invalid') ?? reasons.token_invalid
      return `${words.title}. ${words.hint}`
    }
    case 'disconnected':
      return 'The account is disconnected; its token is destroyed'
  }
}

const isoOf = (date: Date | null): string | null => date?.toISOString() ?? null
