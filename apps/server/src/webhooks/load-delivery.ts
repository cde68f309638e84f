import { AppError } from '@parley/contract/app-error.ts'
import type { Delivery } from '@parley/contract/delivery.ts'
import type { Ports } from '#ports/ports.ts'
import { describeDelivery } from './list-deliveries.ts'
import { deliveryPlace } from './open-delivery.ts'
import { findDelivery, findEvents } from './store-list.ts'
import type { DeliveryRow } from './store-list.ts'

const ID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.(\d{1,3}))?$/

/**
 * One delivery of the caller's, as a row. Bodies nobody owns belong to callers who see every tenant.
 *
 * @throws AppError `deliveries/not-found`.
 */
export async function findOwnDelivery(
  ports: Pick<Ports, 'db'>,
  id: string,
  tenants: readonly string[] | null,
): Promise<DeliveryRow> {
  const [, uuid, part = '0'] = ID.exec(id) ?? []
  const row = uuid === undefined ? undefined : await findDelivery(ports.db, uuid, Number(part))
  if (row === undefined) throw new AppError('deliveries/not-found')
  const isOwn = tenants === null || (row.tenant_id !== null && tenants.includes(row.tenant_id))
  if (!isOwn) throw new AppError('deliveries/not-found')
  return row
}

/** One delivery with the body Meta sent. Throws as `findOwnDelivery`. */
export async function loadDelivery(
  ports: Pick<Ports, 'db' | 'vault'>,
  id: string,
  tenants: readonly string[] | null,
): Promise<Delivery> {
  const row = await findOwnDelivery(ports, id, tenants)
  const events = await findEvents(ports.db, [row.id])
  const sealer = await ports.vault.ownerOf(row.tenant_id)
  const body =
    row.sealed === null
      ? null
      : sealer.open(deliveryPlace(row.id, row.part), row.sealed).toString('utf8')
  return { ...describeDelivery(row, events), body }
}
