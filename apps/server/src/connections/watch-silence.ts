import { causes } from '#alerts/causes.ts'
import { listOpen } from '#alerts/list-open.ts'
import { openAlert } from '#alerts/open-alert.ts'
import { resolveAlerts } from '#alerts/resolve-alerts.ts'
import type { Ports } from '#ports/ports.ts'
import { selectHeardSince, selectSilent } from './store.ts'

const BATCH = 500

/**
 * Tells of accounts Meta has become silent about, measured against their own history: webhooks may be lost on the way to
 * us while every call of ours works. An account that talks again is told of too.
 */
export async function watchSilence(ports: Pick<Ports, 'db' | 'clock' | 'random'>): Promise<void> {
  const now = new Date(ports.clock.now())
  const told = await listOpen(ports.db, 'silent')
  const heard = await selectHeardSince(
    ports.db,
    told.flatMap(({ connection_id: connectionId, opened_at: at }) =>
      connectionId === null ? [] : [{ connectionId, at }],
    ),
  )
  for (const { tenant_id: tenantId, id } of heard) {
    await ports.db.transaction(async (db) => {
      await resolveAlerts(ports, db, { tenantId, causes: [causes.silent(id)] })
    })
  }
  for (const one of await selectSilent(ports.db, now, BATCH)) {
    await ports.db.transaction(async (db) => {
      await openAlert(ports, db, {
        tenantId: one.tenant_id,
        kind: 'silent',
        severity: 'warning',
        connectionId: one.id,
        cause: causes.silent(one.id),
        detail: {
          account: one.username === null ? one.account_id : `@${one.username}`,
          since: one.last_event_at.toISOString(),
        },
      })
    })
  }
}
