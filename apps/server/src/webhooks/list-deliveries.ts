import type { Delivery } from '@parley/contract/delivery.ts'
import type { Position } from '#http/cursor.ts'
import type { Ports } from '#ports/ports.ts'
import { findDeliveries, findEvents } from './store-list.ts'
import type { DeliveryRow, EventRow } from './store-list.ts'

export type ListedDelivery = { readonly row: DeliveryRow; readonly delivery: Delivery }

/** Deliveries newest first, without bodies. `tenants` null sees those nobody owns too. */
export async function listDeliveries(
  ports: Pick<Ports, 'db'>,
  filter: {
    readonly tenants: readonly string[] | null
    readonly state: Delivery['state'] | undefined
    readonly after: Position | undefined
    readonly limit: number
  },
): Promise<ListedDelivery[]> {
  const rows = await findDeliveries(ports.db, filter)
  const events = await findEvents(
    ports.db,
    rows.map((row) => row.id),
  )
  return rows.map((row) => ({ row, delivery: describeDelivery(row, events) }))
}

/** A part other than the first carries its number in the id, so that an id names one row. */
export function deliveryIdOf(row: Pick<DeliveryRow, 'id' | 'part'>): string {
  return row.part === 0 ? row.id : `${row.id}.${row.part}`
}

export function describeDelivery(row: DeliveryRow, events: readonly EventRow[]): Delivery {
  return {
    id: deliveryIdOf(row),
    receivedAt: row.received_at.toISOString(),
    bytes: row.bytes,
    signedWith: row.signed_with,
    state: row.state,
    events: events
      .filter((event) => event.delivery_id === row.id && event.part === row.part)
      .map((event) => ({
        kind: event.kind,
        outcome: event.outcome,
        conversationId: event.conversation_id,
        mid: event.mid,
        detail: event.detail,
      })),
  }
}
