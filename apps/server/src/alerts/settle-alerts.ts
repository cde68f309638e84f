import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { openAlert } from './open-alert.ts'
import { resolveAlerts } from './resolve-alerts.ts'
import type { Watched } from './schema.ts'
import { selectOpen } from './store.ts'

/** Opens what a watch found, and resolves what it found no more, or is not looked for any more. */
export async function settleAlerts(
  ports: Pick<Ports, 'clock' | 'random'>,
  db: Queryable,
  { kind, troubles, lingering, isOff }: Watched,
): Promise<void> {
  const found = new Set(troubles.map(({ cause }) => cause))
  for (const trouble of troubles) await openAlert(ports, db, trouble)
  for (const { tenant_id: tenantId, cause } of await selectOpen(db, kind)) {
    if (found.has(cause) || lingering.has(cause)) continue
    await resolveAlerts(ports, db, { tenantId, causes: [cause], isSilent: isOff })
  }
}
