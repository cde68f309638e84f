import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { openAlert } from './open-alert.ts'
import { resolveAlerts } from './resolve-alerts.ts'
import type { Watched } from './schema.ts'
import { selectEnded, selectOpen } from './store.ts'

/** Two workers may have different settings for so long: while they are restarted, one after the other. */
const REST_MS = 10 * 60_000

/**
 * Opens what a watch found, and resolves what it found no more, or is not looked for any more. What just ended
 * rests: workers that do not agree would open and end it in turn, with a mail each time.
 */
export async function settleAlerts(
  ports: Pick<Ports, 'clock' | 'random'>,
  db: Queryable,
  { kind, troubles, lingering, isOff }: Watched,
): Promise<void> {
  const found = new Set(troubles.map(({ cause }) => cause))
  const resting = new Set(await selectEnded(db, kind, new Date(ports.clock.now() - REST_MS)))
  for (const trouble of troubles) {
    if (!resting.has(trouble.cause)) await openAlert(ports, db, trouble)
  }
  for (const { tenant_id: tenantId, cause } of await selectOpen(db, kind)) {
    if (found.has(cause) || lingering.has(cause)) continue
    await resolveAlerts(ports, db, { tenantId, causes: [cause], isSilent: isOff })
  }
}
