import { causesOf, countedCausesOf } from '#alerts/causes.ts'
import { resolveAlerts } from '#alerts/resolve-alerts.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { destroyGrants } from '#tokens/destroy-grants.ts'
import type { EndedConnection } from './schema.ts'
import { lockById, markDisconnected } from './store.ts'
import { closeConnection } from './store-forget.ts'

/**
 * Ends connections that an older copy of the data brought back to life, without a word to Meta or to the host, who
 * heard of it before. In the caller's transaction their tokens were never usable.
 *
 * @returns how many were alive.
 */
export async function endAgain(
  ports: Pick<Ports, 'clock' | 'random'>,
  db: Queryable,
  ended: readonly EndedConnection[],
): Promise<number> {
  const at = new Date(ports.clock.now())
  let count = 0
  for (const { tenant_id: tenantId, id, status, reason } of ended) {
    const row = await lockById(db, tenantId, id)
    if (row === undefined || row.status === 'disconnected' || row.status === 'revoked') continue
    count += 1
    await destroyGrants(db, { tenantId, connectionId: id, reason: reason ?? status })
    if (status === 'revoked') await closeConnection(db, { tenantId, id, reason, at })
    else await markDisconnected(db, { tenantId, id, reason, at })
    const causes = [...causesOf(id), ...countedCausesOf(id)]
    await resolveAlerts(ports, db, { tenantId, causes, isSilent: true })
    await recordAudit(db, at, {
      actor: 'system',
      action: 'connection.ended_again',
      tenantId,
      subjectId: id,
      detail: { status, reason },
    })
  }
  return count
}
