import { causes } from '#alerts/causes.ts'
import { resolveAlerts } from '#alerts/resolve-alerts.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { closeCircuit } from './store-apps.ts'
import { hurrySuspects } from './store-due.ts'

/**
 * A grant of the app was accepted by Meta in a call begun at `since`: what was held against the app before is over, and
 * those who seemed to leave meanwhile are looked at again at once, for it was not the app.
 */
export async function mendApp(
  ports: Pick<Ports, 'db' | 'clock' | 'random'>,
  { appId, since }: { readonly appId: string; readonly since: Date },
): Promise<void> {
  const now = new Date(ports.clock.now())

  await ports.db.transaction(async (db) => {
    if (!(await closeCircuit(db, { appId, since, now }))) return
    await hurrySuspects(db, appId, now)
    await resolveAlerts(ports, db, { tenantId: null, causes: [causes.appPaused(appId)] })
    const line = { actor: 'meta', action: 'app.resumed', subjectId: appId }
    await recordAudit(db, now, line)
  })
}
