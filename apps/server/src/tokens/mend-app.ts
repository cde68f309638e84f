import { causes } from '#alerts/causes.ts'
import { resolveAlerts } from '#alerts/resolve-alerts.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { closeCircuit } from './store-apps.ts'

/** A grant of the app was accepted by Meta: whatever was held against the app is over. */
export async function mendApp(
  ports: Pick<Ports, 'db' | 'clock' | 'random'>,
  appId: string,
): Promise<void> {
  await ports.db.transaction(async (db) => {
    if (!(await closeCircuit(db, appId))) return
    await resolveAlerts(ports, db, { tenantId: null, causes: [causes.appPaused(appId)] })
    const line = { actor: 'meta', action: 'app.resumed', subjectId: appId }
    await recordAudit(db, new Date(ports.clock.now()), line)
  })
}
