import { UnsealError } from '#ports/cipher.ts'
import type { Sealer } from '#ports/cipher.ts'
import type { Ports } from '#ports/ports.ts'
import { findSealer } from '#tenants/find-sealer.ts'
import { FIRST_ID } from '#tenants/forget-scope.ts'
import { describeDelivery } from './list-deliveries.ts'
import { deliveryPlace } from './open-delivery.ts'
import { findEvents } from './store-list.ts'
import type { DeliveryRow } from './store-list.ts'
import { findTenantDeliveries } from './store-forget.ts'

/** Each brings a whole body of Meta's. */
const BATCH_MAX = 50

/** Every delivery of a tenant, with the body Meta sent. */
export async function* exportDeliveries(
  ports: Pick<Ports, 'db' | 'vault'>,
  tenantId: string,
): AsyncGenerator<object> {
  const sealer = await findSealer(ports, tenantId)
  let after = { id: FIRST_ID, part: -1 }
  for (;;) {
    const rows = await findTenantDeliveries(ports.db, tenantId, after, BATCH_MAX)
    const events = await findEvents(
      ports.db,
      rows.map((row) => row.id),
    )
    for (const row of rows) yield { ...describeDelivery(row, events), body: bodyOf(sealer, row) }
    const last = rows.at(-1)
    if (last === undefined || rows.length < BATCH_MAX) return
    after = { id: last.id, part: last.part }
  }
}

/** Null for one that is gone, or that nobody can read any more. */
function bodyOf(sealer: Sealer | undefined, row: DeliveryRow): string | null {
  if (row.sealed === null || sealer === undefined) return null
  try {
    return sealer.open(deliveryPlace(row.id, row.part), row.sealed).toString('utf8')
  } catch (error) {
    if (error instanceof UnsealError) return null
    throw error
  }
}
