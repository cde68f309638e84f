import { AppError } from '@parley/contract/app-error.ts'
import type { RefreshAnswer } from '@parley/contract/connection.ts'
import { REFRESH_AGE_MS_MIN } from '@parley/instagram/limits.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { listGrants } from '#tokens/list-grants.ts'
import { readTokenStatus } from '#tokens/read-token-status.ts'
import { isAnyPaused } from '#tokens/is-any-paused.ts'
import { refreshDue } from '#tokens/refresh-due.ts'
import type { GrantRow } from '#tokens/schema.ts'
import { checkConnections } from './check-connections.ts'
import { findById } from './store.ts'

type Who = { actor: string; address: string | null; requestId: string | null }
type Touched = Pick<
  Ports,
  'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'metrics' | 'log'
>

/**
 * Refreshes one connection now: its Instagram token, and every grant is looked at. Under 24 h of age, when Meta allows no
 * refresh, no call is made.
 *
 * @throws AppError `connections/not-found`, `tokens/needs-reauth`.
 */
export async function refreshConnection(
  ports: Touched,
  input: { id: string; tenants: readonly string[] | null; who: Who },
): Promise<RefreshAnswer> {
  const { id, tenants, who } = input
  const row = await findById(ports.db, id, tenants)
  if (row === undefined) throw new AppError('connections/not-found')
  const tenantId = row.tenant_id
  const grants = (await listGrants(ports.db, [{ tenantId, connectionId: id }])).get(id) ?? []
  const live = grants.filter((grant) => grant.status === 'active')
  if (row.status !== 'active' || live.length === 0) throw new AppError('tokens/needs-reauth')

  const nowMs = ports.clock.now()
  await recordAudit(ports.db, new Date(nowMs), {
    ...who,
    action: 'connection.refresh_asked',
    tenantId,
    subjectId: id,
  })
  const { refreshed, failed } = await refreshDue(ports, {
    tenants: [tenantId],
    connectionId: id,
    force: true,
  })
  const isYoung = live.every((grant) => grant.login === 'instagram' && !isOldEnough(grant, nowMs))
  const scope = { tenants: [tenantId], connectionId: id, force: true }
  const looked = isYoung ? 0 : await checkConnections(ports, scope)
  const isPaused =
    looked === 0 &&
    (await isAnyPaused(
      ports.db,
      live.map((grant) => grant.app_id),
    ))
  const status = await readTokenStatus(ports, id, tenants)
  return {
    ...status,
    refreshed: refreshed > 0,
    message: status.isValid
      ? messageOf({ refreshed, failed, looked, isPaused }, live, nowMs)
      : status.message,
  }
}

function isOldEnough(grant: GrantRow, nowMs: number): boolean {
  const bornMs = (grant.refreshed_at ?? grant.issued_at).getTime()
  return nowMs - bornMs >= REFRESH_AGE_MS_MIN
}

function messageOf(
  done: { refreshed: number; failed: number; looked: number; isPaused: boolean },
  live: readonly GrantRow[],
  nowMs: number,
): string {
  if (done.refreshed > 0) return 'Token refreshed'
  if (done.failed > 0) return 'Token is valid; Meta did not refresh it now, it is tried again'
  const instagram = live.find(({ login }) => login === 'instagram')
  if (instagram !== undefined && !isOldEnough(instagram, nowMs)) {
    return 'Token is valid; Meta refreshes it from 24 hours of age on'
  }
  if (done.isPaused)
    return 'Meta has trouble with the whole app; refreshes go on by themselves when it is over'
  if (done.looked === 0) return 'Another worker is at it right now'
  if (instagram === undefined) return 'Token is valid; page tokens need no refresh'
  return 'Token is valid'
}
