import { AppError } from '@parley/contract/app-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { endExpiring } from './end-expiring.ts'
import { mendApp } from './mend-app.ts'
import { openLeased } from './open-leased.ts'
import { planRefresh } from './plan-refresh.ts'
import { isOfWrongClock } from './plausible-dates.ts'
import { renewToken } from './renew-token.ts'
import type { RenewedToken } from './renew-token.ts'
import { tokenPlace } from './schema.ts'
import type { LeasedGrant, UsableGrant } from './schema.ts'
import { settleFailure } from './settle-failure.ts'
import type { Settled } from './settle-failure.ts'
import { lockConnection } from './store.ts'
import { noteEvidence, writeFailed, writeRefreshed } from './store-due.ts'
import { tellConnection } from './tell-connection.ts'

const PAUSE_AFTER_ODD_ANSWER_MS = 6 * 60 * 60 * 1000

type Touched = Pick<
  Ports,
  'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'metrics' | 'log'
>

/** `lost`: the lease went to another worker meanwhile, or the grant was replaced; what Meta said is not written. */
export type Refreshed = 'refreshed' | 'lost' | Settled

/**
 * Renews a leased grant's token. What comes back replaces the old one only when it is of the same account and ends no
 * earlier; the same string with a later end is a success, without a date it says nothing. Nothing is locked while Meta thinks.
 */
export async function refreshGrant(ports: Touched, held: LeasedGrant): Promise<Refreshed> {
  let outcome: Refreshed = 'failed'
  try {
    outcome = await refresh(ports, held)
    return outcome
  } finally {
    ports.metrics.tokenRefreshes.add(1, { outcome })
  }
}

async function refresh(ports: Touched, held: LeasedGrant): Promise<Refreshed> {
  const since = new Date(ports.clock.now())
  let usable: UsableGrant
  try {
    usable = await openLeased(ports, held, 'refresh')
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return await refuse(ports, held, 'sealed')
  }
  try {
    const renewed = await renewToken(ports, held, usable)
    const oddity = findOddity(held, usable, renewed, since.getTime())
    if (oddity !== undefined) return await refuse(ports, held, oddity)
    return await keep(ports, held, renewed, since)
  } catch (error) {
    if (error instanceof AppError) return await refuse(ports, held, 'no_user_token')
    if (!(error instanceof GraphError) && !(error instanceof HttpFailure)) throw error
    return await settleFailure(ports, held, usable, error)
  }
}

/** Why an answer that looks like a success must not replace what is there. */
function findOddity(
  held: LeasedGrant,
  usable: UsableGrant,
  renewed: RenewedToken,
  nowMs: number,
): 'ends_earlier' | 'no_date' | 'other_account' | undefined {
  // An end that was counted from a moment still to come is none.
  const isCounted = !isOfWrongClock(held.refreshed_at ?? held.issued_at, nowMs)
  const endedAtMs = isCounted ? held.expires_at?.getTime() : undefined
  const { expiry, expiresAtMs, speaksFor } = renewed
  const isSame = renewed.token.reveal() === usable.token.reveal()
  // The date that is known stays true of the same token until Meta tells another.
  if (isSame && expiry === 'unknown' && endedAtMs !== undefined) return 'no_date'
  if (expiresAtMs !== undefined && endedAtMs !== undefined && expiresAtMs < endedAtMs) {
    return 'ends_earlier'
  }
  return speaksFor === undefined || speaksFor === usable.nodeId ? undefined : 'other_account'
}

async function keep(
  ports: Touched,
  held: LeasedGrant,
  renewed: RenewedToken,
  since: Date,
): Promise<Refreshed> {
  const { tenant_id: tenantId, connection_id: connectionId, id } = held
  const nowMs = ports.clock.now()
  const at = new Date(nowMs)
  const { expiry, expiresAtMs } = renewed
  const next = planRefresh({ connectionId, issuedAtMs: nowMs, expiry, expiresAtMs })
  const expiresAt = expiresAtMs === undefined ? null : new Date(expiresAtMs)
  const sealedToken = await ports.vault.sealToken(tenantId, tokenPlace(id), renewed.token)
  const isWritten = await ports.db.transaction(async (db) => {
    // As everywhere: the connection before its grants, or two of its logins wait for each other.
    await lockConnection(db, tenantId, connectionId)
    const written = await writeRefreshed(db, held, {
      sealedToken,
      expiry,
      expiresAt,
      nextRefreshAt: next === undefined ? null : new Date(next),
      scopes: renewed.scopes ?? held.scopes,
      at,
    })
    if (written === 0) return false
    await noteEvidence(db, { tenantId, connectionId }, at)
    await endExpiring(ports, db, { tenantId, connectionId, expiry, expiresAt })
    await recordAudit(db, at, {
      actor: 'system',
      action: 'token.refreshed',
      tenantId,
      subjectId: connectionId,
      detail: { grant: id, expiry },
    })
    return true
  })
  if (!isWritten) return 'lost'
  await mendApp(ports, { appId: held.app_id, since })
  tellConnection(ports, tenantId, connectionId)
  return 'refreshed'
}

async function refuse(ports: Touched, held: LeasedGrant, why: string): Promise<Refreshed> {
  const { tenant_id: tenantId, connection_id: connectionId, id } = held
  const nowMs = ports.clock.now()
  const at = new Date(nowMs)
  await ports.db.transaction(async (db) => {
    const retryAt = new Date(nowMs + PAUSE_AFTER_ODD_ANSWER_MS)
    const failure = { class: why, code: null, subcode: null }
    if ((await writeFailed(db, held, { failure, retryAt, at })) === 0) return
    await recordAudit(db, at, {
      actor: 'system',
      action: 'token.refresh_refused',
      tenantId,
      subjectId: connectionId,
      detail: { grant: id, reason: why },
    })
  })
  return 'failed'
}
