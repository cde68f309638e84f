import { causes } from '#alerts/causes.ts'
import { listOpen } from '#alerts/list-open.ts'
import { resolveAlerts } from '#alerts/resolve-alerts.ts'
import type { Ports } from '#ports/ports.ts'
import { listWaiting } from './store-candidates.ts'

/** Closes what says that a candidate waits, however it ended: destroyed, withdrawn at Meta, or confirmed. Tells nobody. */
export async function settleWaiting(ports: Pick<Ports, 'db' | 'clock' | 'random'>): Promise<void> {
  const open = await listOpen(ports.db, 'confirmation_waiting')
  if (open.length === 0) return
  const connectionIds = open.flatMap((alert) => alert.connection_id ?? [])
  const waiting = await listWaiting(ports.db, connectionIds)
  const isWaiting = new Set(waiting.map(({ id }) => causes.unconfirmed(id)))
  for (const { tenant_id: tenantId, cause } of open) {
    if (isWaiting.has(cause)) continue
    await ports.db.transaction(async (db) => {
      await resolveAlerts(ports, db, { tenantId, causes: [cause], isSilent: true })
    })
  }
}
