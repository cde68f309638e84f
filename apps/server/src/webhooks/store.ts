import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { PackedBytes } from '#ports/packed-bytes.ts'

export type NewDelivery = {
  readonly id: string
  readonly signedWith: string
  readonly bytes: number
  readonly sealed: Buffer
}

/** All of a flush in one statement. */
export async function insertDeliveries(
  db: Queryable,
  deliveries: readonly NewDelivery[],
  receivedAt: Date,
): Promise<void> {
  const packed = new PackedBytes()
  const slices = deliveries.map(({ sealed }) => packed.add(sealed))
  await db.run(sql`
    insert into deliveries (id, received_at, signed_with, bytes, sealed, state)
    select d.id, ${receivedAt}, d.signed_with, d.bytes, substr(${packed.bytes()}::bytea, d.start, d.size), 'stored'
    from unnest(${deliveries.map((one) => one.id)}::uuid[], ${deliveries.map((one) => one.signedWith)}::text[], ${deliveries.map((one) => one.bytes)}::integer[],
      ${slices.map(({ start }) => start)}::integer[], ${slices.map(({ size }) => size)}::integer[]) as d (id, signed_with, bytes, start, size)`)
}

export type StoredDelivery = {
  readonly id: string
  readonly part: number
  readonly tenant_id: string | null
  readonly received_at: Date
  readonly sealed: Buffer
  readonly attempts: number
}

/**
 * Deliveries to be worked, oldest first, locked until the transaction ends: at least one, and no more bytes than said.
 * A dead worker's lock falls with it.
 */
export async function takeStoredDeliveries(
  db: Queryable,
  max: { readonly count: number; readonly bytes: number },
): Promise<StoredDelivery[]> {
  return await db.many<StoredDelivery>(sql`
    with held as (
      select id, part, tenant_id, received_at, sealed, attempts, bytes from deliveries
      where state = 'stored' and (retry_at is null or retry_at <= clock_timestamp())
      order by id limit ${max.count} for update skip locked
    ), summed as (
      select *, sum(bytes) over (order by id, part rows unbounded preceding) as total from held
    )
    select id, part, tenant_id, received_at, sealed, attempts from summed
    where total <= ${max.bytes} or total = bytes order by id, part`)
}

/** One of them, for working it alone. */
export async function takeDelivery(
  db: Queryable,
  id: string,
  part: number,
): Promise<StoredDelivery | undefined> {
  return await db.maybe<StoredDelivery>(sql`
    select id, part, tenant_id, received_at, sealed, attempts from deliveries
    where id = ${id} and part = ${part} and state = 'stored' for update skip locked`)
}

export type DeliveryState = 'stored' | 'processed' | 'partly_understood' | 'not_understood'

/** What became of one row; a waiting row stays stored for another look. */
export type WorkedDelivery = {
  readonly id: string
  readonly part: number
  /** Of a body with several owners: the row the part comes from. */
  readonly isNew: boolean
  readonly tenant: string | null
  readonly state: DeliveryState
  readonly sealed: Buffer
  readonly waitMs: number | null
}

export type WorkedEvent = {
  readonly delivery: string
  readonly part: number
  readonly n: number
  readonly tenant: string | null
  readonly kind: string
  readonly outcome: string
  readonly conversation: string | null
  readonly mid: string | null
  readonly detail: string | null
}

/** Writes what became of deliveries and their events. An outcome once written stays; a wait is no attempt. */
export async function recordWorked(
  db: Queryable,
  deliveries: readonly WorkedDelivery[],
  events: readonly WorkedEvent[],
): Promise<void> {
  const packed = new PackedBytes()
  const rows = deliveries.map(({ sealed, ...row }) => ({ ...row, ...packed.add(sealed) }))
  await db.run(sql`
    with worked as (
      select id, part, "isNew", tenant, state, "waitMs", substr(${packed.bytes()}::bytea, start, size) as sealed
      from json_to_recordset(${JSON.stringify(rows)}::json) as w (
        id uuid, part smallint, "isNew" boolean, tenant text, state text, start integer, size integer, "waitMs" double precision)
    ), changed as (
      update deliveries d set state = w.state, tenant_id = w.tenant, sealed = w.sealed,
        attempts = d.attempts + case when w."waitMs" is null then 1 else 0 end, retry_at = clock_timestamp() + w."waitMs" * interval '1 millisecond'
      from worked w where not w."isNew" and d.id = w.id and d.part = w.part
      returning d.id, d.received_at, d.signed_with, d.bytes
    ), added as (
      insert into deliveries (id, part, tenant_id, received_at, signed_with, bytes, sealed, state, attempts)
      select w.id, w.part, w.tenant, c.received_at, c.signed_with, c.bytes, w.sealed, w.state, 1
      from worked w join changed c on c.id = w.id where w."isNew"
      on conflict do nothing
    )
    insert into delivery_events (delivery_id, part, n, tenant_id, kind, outcome, conversation_id, mid, detail)
    select delivery, part, n, tenant, kind, outcome, conversation, mid, detail
    from json_to_recordset(${JSON.stringify(events)}::json) as e (
      delivery uuid, part smallint, n smallint, tenant text, kind text, outcome text, conversation uuid, mid text, detail text)
    on conflict do nothing`)
}

/** The one event of a delivery that was given up. Its body is kept, and can be worked again. */
const GIVEN_UP = 'failure'

/** A delivery whose work failed: tried again after a pause, or given up visibly. What passes by itself counts nothing. */
export async function recordFailure(
  db: Queryable,
  delivery: { readonly id: string; readonly part: number },
  failure: { readonly waitMs: number; readonly counts: boolean } | { readonly detail: string },
): Promise<void> {
  if ('waitMs' in failure) {
    await db.run(sql`
      update deliveries set attempts = attempts + ${failure.counts ? 1 : 0}, retry_at = clock_timestamp() + ${failure.waitMs}::double precision * interval '1 millisecond'
      where id = ${delivery.id} and part = ${delivery.part} and state = 'stored'`)
    return
  }
  await db.run(sql`
    with gone as (
      update deliveries set attempts = attempts + 1, state = 'not_understood'
      where id = ${delivery.id} and part = ${delivery.part} and state = 'stored' returning id, part, tenant_id)
    insert into delivery_events (delivery_id, part, n, tenant_id, kind, outcome, detail)
    select id, part, 0, tenant_id, ${GIVEN_UP}, 'not_understood', ${failure.detail} from gone
    on conflict do nothing`)
}

/**
 * Deletes bodies that were read and are nobody's, or could not be read, with their events. One that was given up was
 * not read and may be somebody's: it goes by a date of its own. Returns how many were deleted.
 */
export async function forgetUnowned(
  db: Queryable,
  before: { readonly received: Date; readonly givenUp: Date },
): Promise<number> {
  return await db.run(sql`
    with old as (
      select id, part from deliveries d
      where tenant_id is null and state <> 'stored' and received_at < ${before.received}
        and (received_at < ${before.givenUp}
          or not exists (select 1 from delivery_events e where e.delivery_id = d.id and e.part = d.part and e.kind = ${GIVEN_UP}))
      limit 5000
    ), events as (
      delete from delivery_events e using old where e.delivery_id = old.id and e.part = old.part
    )
    delete from deliveries d using old where d.id = old.id and d.part = old.part`)
}
