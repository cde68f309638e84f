import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { deliveryIdOf } from './list-deliveries.ts'
import { findOwnDelivery } from './load-delivery.ts'
import { storeAgain } from './store-list.ts'

/**
 * Works a delivery again, as if it had just come: what is stored stays stored once, what was missed is caught up.
 *
 * @throws AppError `deliveries/not-found`.
 */
export async function replayDelivery(
  ports: Pick<Ports, 'db' | 'clock' | 'signals'>,
  id: string,
  tenants: readonly string[] | null,
  who: {
    readonly actor: string
    readonly address: string | null
    readonly requestId: string | null
  },
): Promise<void> {
  const row = await findOwnDelivery(ports, id, tenants)
  const at = new Date(ports.clock.now())
  await ports.db.transaction(async (db) => {
    await storeAgain(db, row.id, row.part)
    await recordAudit(db, at, {
      ...who,
      action: 'delivery.replayed',
      tenantId: row.tenant_id,
      subjectId: deliveryIdOf(row),
      detail: { was: row.state },
    })
  })
  ports.signals.wake('deliveries')
}
