import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { firstIdAt } from '#tenants/forget-scope.ts'
import type { ForgetScope } from '#tenants/forget-scope.ts'
import type { DeliveryRow } from './store-list.ts'

export type KeptBody = {
  readonly id: string
  readonly part: number
  readonly sealed: Buffer | null
  /** An event of it led to a conversation in the scope. */
  readonly is_about: boolean
}

type Place = { readonly id: string; readonly part: number }

/** Deliveries of a tenant after a place, each with what its events say. */
export async function findKeptBodies(
  db: Queryable,
  scope: ForgetScope,
  after: Place,
  countMax: number,
): Promise<KeptBody[]> {
  return await db.many<KeptBody>(sql`
    select d.id, d.part, d.sealed, exists (
      select 1 from delivery_events e
      join conversations c on c.tenant_id = ${scope.tenantId} and c.id = e.conversation_id
      where e.delivery_id = d.id and e.part = d.part
        and (${scope.connectionId}::uuid is null or c.connection_id = ${scope.connectionId}::uuid)
        and (${scope.conversationId}::uuid is null or c.id = ${scope.conversationId}::uuid)) as is_about
    from deliveries d
    where d.tenant_id = ${scope.tenantId} and (d.id, d.part) > (${after.id}::uuid, ${after.part}::smallint)
    order by d.id, d.part limit ${countMax}`)
}

/** The same as whole rows. */
export async function findTenantDeliveries(
  db: Queryable,
  tenantId: string,
  after: Place,
  countMax: number,
): Promise<DeliveryRow[]> {
  return await db.many<DeliveryRow>(sql`
    select id, part, tenant_id, received_at, bytes, signed_with, state, sealed from deliveries
    where tenant_id = ${tenantId} and (id, part) > (${after.id}::uuid, ${after.part}::smallint)
    order by id, part limit ${countMax}`)
}

/** Bodies nobody owns, oldest first: an account that is not connected any more is nobody's. */
export async function findUnownedBodies(
  db: Queryable,
  after: Place & { readonly receivedAt: Date },
  countMax: number,
): Promise<(KeptBody & { readonly received_at: Date })[]> {
  return await db.many<KeptBody & { readonly received_at: Date }>(sql`
    select id, part, sealed, received_at, false as is_about from deliveries
    where tenant_id is null and state <> 'stored'
      and (received_at, id, part) > (${after.receivedAt}::timestamptz, ${after.id}::uuid, ${after.part}::smallint)
    order by received_at, id, part limit ${countMax}`)
}

/** A look along the index of those that wait. */
export async function existsStored(db: Queryable, before: Date): Promise<boolean> {
  const { found } = await db.one<{ found: boolean }>(sql`
    select exists (select 1 from deliveries where state = 'stored' and id < ${firstIdAt(before)}::uuid) as found`)
  return found
}

export async function deleteBodies(db: Queryable, places: readonly Place[]): Promise<number> {
  return await db.run(sql`
    with wanted as (
      select * from unnest(${places.map(({ id }) => id)}::uuid[], ${places.map(({ part }) => part)}::smallint[]) as w (id, part)
    ), events as (
      delete from delivery_events e using wanted w where e.delivery_id = w.id and e.part = w.part
    )
    delete from deliveries d using wanted w where d.id = w.id and d.part = w.part`)
}

/** All of a tenant's, a number at a time. */
export async function deleteTenantBodies(
  db: Queryable,
  tenantId: string,
  countMax: number,
): Promise<number> {
  return await db.run(sql`
    with wanted as (
      select id, part from deliveries where tenant_id = ${tenantId} order by id, part limit ${countMax}
    ), events as (
      delete from delivery_events e using wanted w where e.delivery_id = w.id and e.part = w.part
    )
    delete from deliveries d using wanted w where d.id = w.id and d.part = w.part`)
}

/** A tenant's from before a moment; one that waits to be worked stays. */
export async function deleteOldBodies(
  db: Queryable,
  tenantId: string,
  before: Date,
  countMax: number,
): Promise<number> {
  return await db.run(sql`
    with wanted as (
      select id, part from deliveries
      where tenant_id = ${tenantId} and id < ${firstIdAt(before)}::uuid
        and received_at < ${before}::timestamptz and state <> 'stored'
      order by id, part limit ${countMax}
    ), events as (
      delete from delivery_events e using wanted w where e.delivery_id = w.id and e.part = w.part
    )
    delete from deliveries d using wanted w where d.id = w.id and d.part = w.part`)
}
