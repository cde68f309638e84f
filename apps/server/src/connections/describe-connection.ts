import type { Connection, SelfTest } from '@parley/contract/connection.ts'
import { CAPABILITIES } from '@parley/instagram/scopes.ts'
import { deriveCapability } from '#tokens/derive-capability.ts'
import { deriveGrant, EXPIRING_MS } from '#tokens/derive-grant.ts'
import type { GrantRow } from '#tokens/schema.ts'
import type { ConnectionRow } from './schema.ts'

/** A status whose evidence is older says so. */
const EVIDENCE_MS = 36 * 60 * 60 * 1000

/** A connection as the contract shows it. The status follows from the facts and the clock, whatever was written last. */
export function describeConnection(
  row: ConnectionRow,
  grants: readonly GrantRow[],
  nowMs: number,
): Connection {
  const { status, reason } = deriveStatus(row, grants, nowMs)
  const shown = grants.filter(
    (grant) => grant.status !== 'pending' || status === 'pending' || waitsForHost(grant, nowMs),
  )
  return {
    id: row.id,
    tenantId: row.tenant_id,
    status,
    reason,
    checkedAt: isoOf(row.checked_at),
    account: {
      id: row.account_id,
      username: row.username,
      name: row.name,
      pictureUrl: row.picture_url,
      profileUrl: row.username === null ? null : `https://www.instagram.com/${row.username}`,
      type: row.account_type,
    },
    grants: shown.map((grant) => describeGrant(grant, nowMs)),
    capabilities: Object.fromEntries(
      CAPABILITIES.map((name) => [
        name,
        status === 'pending'
          ? { state: 'unknown' }
          : (deriveCapability(name, shown, nowMs) ?? { state: 'off', reason: status }),
      ]),
    ),
    connectedAt: isoOf(row.connected_at),
    lastEventAt: isoOf(row.last_event_at),
    lastMessageAt: isoOf(row.last_message_at),
    webhook: {
      subscribed: row.webhook_subscribed,
      fields: row.webhook_fields,
      checkedAt: isoOf(row.webhook_checked_at),
    },
    media: { count: 0, lastSyncAt: null, state: 'off' },
    selfTest: deriveSelfTest(row),
  }
}

/** A live or lost connection stays what it is; that a login waits to be confirmed is there to be seen. */
function waitsForHost(grant: GrantRow, nowMs: number): boolean {
  return grant.confirmation === 'host' && (grant.candidate_until?.getTime() ?? 0) > nowMs
}

type Status = Pick<Connection, 'status' | 'reason'>

function deriveStatus(row: ConnectionRow, grants: readonly GrantRow[], nowMs: number): Status {
  switch (row.status) {
    case 'needs_reauth':
      return { status: 'needs_reauth', reason: row.reason }
    case 'pending':
    case 'revoked':
    case 'disconnected': {
      if (grants.some((grant) => grant.status === 'pending')) {
        const isShort = grants.some((grant) => grant.status === 'pending' && grant.short_lived)
        return { status: 'pending', reason: isShort ? 'exchange_repeats' : null }
      }
      if (row.status !== 'pending') return { status: row.status, reason: row.reason }
      return { status: 'disconnected', reason: 'candidate_expired' }
    }
    case 'active':
      return deriveLiveStatus(row, grants, nowMs)
  }
}

function deriveLiveStatus(row: ConnectionRow, grants: readonly GrantRow[], nowMs: number): Status {
  const usable = grants.map((grant) => deriveGrant(grant, nowMs)).filter((g) => g.isUsable)
  if (usable.length === 0) return { status: 'needs_reauth', reason: 'expired' }
  const endsAtMs = Math.max(...usable.map((grant) => grant.endsAtMs ?? Infinity))
  const status = endsAtMs - nowMs <= EXPIRING_MS ? 'expiring' : 'active'
  // A look that is still to come was written by a wrong clock and proves as little as an old one.
  const ageMs = row.checked_at === null ? Infinity : Math.abs(nowMs - row.checked_at.getTime())
  const isStale = ageMs > EVIDENCE_MS
  return { status, reason: isStale ? 'not_checked_recently' : row.reason }
}

function describeGrant(grant: GrantRow, nowMs: number): Connection['grants'][number] {
  return {
    login: grant.login,
    status: deriveGrant(grant, nowMs).status,
    scopes: grant.scopes,
    pageId: grant.page_id,
    issuedAt: grant.issued_at.toISOString(),
    refreshedAt: isoOf(grant.refreshed_at),
    nextRefreshAt: isoOf(grant.next_refresh_at),
    expiresAt: isoOf(grant.expires_at),
    expiry: grant.expiry,
  }
}

/** The first webhook is known at read time: it arrives when it likes. */
function deriveSelfTest(row: ConnectionRow): SelfTest | null {
  if (row.self_test === null) return null
  if (!row.webhook_subscribed) return row.self_test
  const { last_event_at: last } = row
  // One from before this connect proves nothing of it.
  const seen = last !== null && last.getTime() >= Date.parse(row.self_test.checkedAt) ? last : null
  return {
    checkedAt: row.self_test.checkedAt,
    checks: [
      ...row.self_test.checks,
      seen === null
        ? {
            name: 'first_webhook',
            state: 'waiting',
            message: 'No webhook has arrived yet. Write to the account from another one.',
          }
        : {
            name: 'first_webhook',
            state: 'ok',
            message: `The last webhook arrived on ${seen.toISOString()}.`,
          },
    ],
  }
}

const isoOf = (date: Date | null): string | null => date?.toISOString() ?? null
