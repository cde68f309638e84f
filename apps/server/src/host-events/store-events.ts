import type { Page } from '#http/list.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { DeliveryRow, EventRow } from './schema.ts'

export type NewEvent = {
  readonly tenant: string
  readonly id: string
  readonly connection: string | null
  readonly type: string
  /** Kept though no endpoint wants it. */
  readonly always: boolean
  /** base64 */
  readonly sealed: string
}

/** Keeps events, and a delivery for each endpoint that wants one. Returns how many deliveries. */
export async function insertEvents(
  db: Queryable,
  events: readonly NewEvent[],
  at: Date,
): Promise<number> {
  return await db.run(sql`
    with event as (
      select e.*, row_number() over () as n from json_to_recordset(${JSON.stringify(events)}::json) as e (
        tenant text, id uuid, connection uuid, type text, always boolean, sealed text)
    ), wanted as (
      select e.*, p.id as endpoint from event e
      cross join lateral (
        select id, events from host_endpoints
        where tenant_id = e.tenant and state = 'active' and deleted_at is null
        union all
        select id, events from host_endpoints
        where tenant_id is null and state = 'active' and deleted_at is null) p
      where p.events is null or e.type = any(p.events)
    ), kept as (
      insert into host_events (tenant_id, id, connection_id, type, created_at, sealed)
      select tenant, id, connection, type, ${at}, decode(sealed, 'base64') from event e
      where always or id in (select id from wanted)
    )
    insert into host_deliveries (tenant_id, event_id, endpoint_id, order_key, next_at)
    select tenant, id, endpoint, md5(coalesce(connection::text, ''))::uuid, ${at}
    from wanted order by n`)
}

export type EventFilter = {
  readonly type?: string | undefined
  readonly tenantId?: string | undefined
  readonly connectionId?: string | undefined
  readonly endpointId?: string | undefined
  readonly state?: string | undefined
}

/** Newest first, `limit + 1` rows; ids sort by time. */
export async function selectEvents(
  db: Queryable,
  visible: readonly string[] | null,
  filter: EventFilter,
  page: Page,
): Promise<EventRow[]> {
  const { type = null, tenantId = null, connectionId = null } = filter
  const { endpointId = null, state = null } = filter
  const afterId = page.after?.id ?? null
  return await db.many<EventRow>(sql`
    select tenant_id, id, connection_id, type, created_at, sealed from host_events e
    where (${visible}::text[] is null or tenant_id = any(${visible}))
      and (${type}::text is null or type = ${type})
      and (${tenantId}::text is null or tenant_id = ${tenantId})
      and (${connectionId}::uuid is null or connection_id = ${connectionId}::uuid)
      and ((${endpointId}::uuid is null and ${state}::text is null) or exists (
        select 1 from host_deliveries d join host_endpoints p on p.id = d.endpoint_id
        where d.tenant_id = e.tenant_id and d.event_id = e.id
          and (${visible}::text[] is null or p.tenant_id = any(${visible}))
          and (${endpointId}::uuid is null or d.endpoint_id = ${endpointId}::uuid)
          and (${state}::text is null or d.state = ${state})))
      and (${afterId}::uuid is null or id < ${afterId}::uuid)
    order by id desc limit ${page.limit + 1}`)
}

export async function selectEvent(
  db: Queryable,
  visible: readonly string[] | null,
  id: string,
): Promise<EventRow | undefined> {
  return await db.maybe<EventRow>(sql`
    select tenant_id, id, connection_id, type, created_at, sealed from host_events
    where id = ${id} and (${visible}::text[] is null or tenant_id = any(${visible}))`)
}

/** What became of telling, for endpoints the caller may see. */
export async function selectDeliveries(
  db: Queryable,
  visible: readonly string[] | null,
  events: readonly EventRow[],
): Promise<DeliveryRow[]> {
  return await db.many<DeliveryRow>(sql`
    select d.event_id, d.endpoint_id, d.state, d.attempts, d.last_attempt_at, d.last_result, d.next_at
    from unnest(${events.map((event) => event.tenant_id)}::text[], ${events.map((event) => event.id)}::uuid[]) as e (tenant_id, id)
    join host_deliveries d on d.tenant_id = e.tenant_id and d.event_id = e.id
    join host_endpoints p on p.id = d.endpoint_id
    where ${visible}::text[] is null or p.tenant_id = any(${visible})
    order by d.event_id, d.seq`)
}

/**
 * Forgets the oldest events from before `id`, and what became of them. Locks the events first: a replay that puts one on
 * its way meanwhile is either seen here or finds it gone. Call it in a transaction.
 */
export async function deleteEventsBefore(db: Queryable, id: string, max: number): Promise<number> {
  const old = await db.many<{ tenant_id: string; id: string }>(sql`
    select tenant_id, id from host_events where id < ${id} order by id limit ${max} for update`)
  const tenants = old.map((event) => event.tenant_id)
  const ids = old.map((event) => event.id)
  await db.run(sql`
    delete from host_deliveries d using unnest(${tenants}::text[], ${ids}::uuid[]) as old (tenant_id, id)
    where d.tenant_id = old.tenant_id and d.event_id = old.id`)
  return await db.run(sql`
    delete from host_events e using unnest(${tenants}::text[], ${ids}::uuid[]) as old (tenant_id, id)
    where e.tenant_id = old.tenant_id and e.id = old.id`)
}
