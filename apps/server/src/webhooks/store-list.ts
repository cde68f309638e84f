import type { Delivery } from '@parley/contract/delivery.ts'
import type { Position } from '#http/cursor.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type DeliveryRow = {
  readonly id: string
  readonly part: number
  readonly tenant_id: string | null
  readonly received_at: Date
  readonly bytes: number
  readonly signed_with: string
  readonly state: Delivery['state']
  readonly sealed: Buffer | null
}

export type EventRow = {
  readonly delivery_id: string
  readonly part: number
  readonly kind: string
  readonly outcome: Delivery['events'][number]['outcome']
  readonly conversation_id: string | null
  readonly mid: string | null
  readonly detail: string | null
}

/** Ids sort by time, so the id alone is the position. */
export async function findDeliveries(
  db: Queryable,
  filter: {
    readonly tenants: readonly string[] | null
    readonly state: string | undefined
    readonly after: Position | undefined
    readonly limit: number
  },
): Promise<DeliveryRow[]> {
  const { tenants, state = null, after, limit } = filter
  const [afterId = null, afterPart = 0] = after?.id.split('.') ?? []
  return await db.many<DeliveryRow>(sql`
    select id, part, tenant_id, received_at, bytes, signed_with, state, null as sealed from deliveries
    where (${tenants}::text[] is null or tenant_id = any(${tenants}))
      and (${state}::text is null or state = ${state})
      and (${afterId}::uuid is null or (id, -part) < (${afterId}::uuid, -(${afterPart}::integer)))
    order by id desc, part limit ${limit}`)
}

export async function findEvents(db: Queryable, ids: readonly string[]): Promise<EventRow[]> {
  return await db.many<EventRow>(sql`
    select delivery_id, part, kind, outcome, conversation_id, mid, detail from delivery_events
    where delivery_id = any(${ids}::uuid[]) order by delivery_id, part, n`)
}

export async function findDelivery(
  db: Queryable,
  id: string,
  part: number,
): Promise<DeliveryRow | undefined> {
  return await db.maybe<DeliveryRow>(sql`
    select id, part, tenant_id, received_at, bytes, signed_with, state, sealed from deliveries
    where id = ${id} and part = ${part}`)
}

/** Puts a delivery back to work; what became of its events is decided again. */
export async function storeAgain(db: Queryable, id: string, part: number): Promise<void> {
  await db.run(sql`delete from delivery_events where delivery_id = ${id} and part = ${part}`)
  await db.run(sql`
    update deliveries set state = 'stored', attempts = 0, retry_at = null where id = ${id} and part = ${part}`)
}
