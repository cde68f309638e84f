import { causes, countedCausesOf } from '#alerts/causes.ts'
import { openAlert } from '#alerts/open-alert.ts'
import { resolveAlerts } from '#alerts/resolve-alerts.ts'
import type { Queryable } from '#ports/database.ts'
import { recordHostEvent } from '#host-events/record-host-event.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import { hurryChecks } from './store-due.ts'
import { findAccount } from './store.ts'

/**
 * What follows when a connection loses a grant, in the same transaction: with its last one everybody who should know is
 * told, once; otherwise the other grant is looked at at once, for it has to take over.
 */
export async function tellLoss(
  ports: HostEventPorts,
  db: Queryable,
  loss: {
    readonly tenantId: string
    readonly connectionId: string
    readonly status: 'needs_reauth' | 'revoked'
    readonly reason: string
    readonly isLast: boolean
    /** Of the request that caused it. */
    readonly requestId?: string
  },
): Promise<void> {
  const { tenantId, connectionId, status, reason, isLast, requestId = null } = loss
  if (!isLast) {
    await hurryChecks(db, { tenantId, connectionId }, new Date(ports.clock.now()))
    return
  }
  await resolveAlerts(ports, db, {
    tenantId,
    causes: [
      causes.expiring(connectionId),
      causes.silent(connectionId),
      causes.notSubscribed(connectionId),
      ...countedCausesOf(connectionId),
    ],
    isSilent: true,
  })
  const held = await findAccount(db, tenantId, connectionId)
  await openAlert(ports, db, {
    tenantId,
    kind: 'connection_lost',
    severity: 'critical',
    connectionId,
    cause: causes.lost(connectionId),
    detail: { account: held?.username ? `@${held.username}` : (held?.account_id ?? ''), reason },
  })
  const type = status === 'revoked' ? 'connection.revoked' : 'connection.needs_reauth'
  const data = { status, reason }
  await recordHostEvent(ports, db, { type, tenantId, connectionId, data, requestId })
}
