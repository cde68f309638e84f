import type { Ports } from '#ports/ports.ts'
import { findOwnDelivery } from './load-delivery.ts'
import { storeAgain } from './store-list.ts'

/**
 * Works a delivery again, as if it had just come: what is stored stays stored once, what was missed is caught up.
 *
 * @throws AppError `deliveries/not-found`.
 */
export async function replayDelivery(
  ports: Pick<Ports, 'db' | 'signals'>,
  id: string,
  tenants: readonly string[] | null,
): Promise<void> {
  const row = await findOwnDelivery(ports, id, tenants)
  await ports.db.transaction(async (db) => await storeAgain(db, row.id, row.part))
  ports.signals.wake('deliveries')
}
