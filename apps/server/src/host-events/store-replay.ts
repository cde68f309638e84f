import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type Replay = {
  /** Null: every tenant. */
  readonly tenants: readonly string[] | null
  /** Both included. */
  readonly fromId: string
  readonly toId: string
  /** Null: every active endpoint the caller may see. */
  readonly endpointId: string | null
  readonly eventsMax: number
  readonly at: Date
}

/**
 * Puts events on their way again, behind what waits, to endpoints that want them. One that is still on its way stays
 * where it is.
 *
 * @returns how many deliveries wait anew, and the first event left out.
 */
export async function replay(
  db: Queryable,
  input: Replay,
): Promise<{ replayed: number; next: string | null }> {
  const { tenants, fromId, toId, endpointId, eventsMax, at } = input
  return await db.one<{ replayed: number; next: string | null }>(sql`
    with event as (
      select *, row_number() over (order by id) as n from (
        select tenant_id, id, connection_id, type, created_at from host_events
        where id >= ${fromId} and id <= ${toId}
          and (${tenants}::text[] is null or tenant_id = any(${tenants}))
        order by id limit ${eventsMax + 1}
        -- One that is being forgotten is not put on its way.
        for key share) found
    ), again as (
      insert into host_deliveries as d (tenant_id, event_id, endpoint_id, order_key, next_at)
      select e.tenant_id, e.id, p.id, md5(coalesce(e.connection_id::text, ''))::uuid, ${at}
      from event e
      join host_endpoints p on p.state = 'active' and p.deleted_at is null
        and (p.tenant_id is null or p.tenant_id = e.tenant_id)
        and (p.events is null or e.type = any(p.events))
        and (${tenants}::text[] is null or p.tenant_id = any(${tenants}))
        and (${endpointId}::uuid is null or p.id = ${endpointId}::uuid)
      where e.n <= ${eventsMax}
      order by e.n
      on conflict (tenant_id, event_id, endpoint_id) do update
        set state = 'pending', seq = nextval('host_deliveries_order'), attempts = 0, first_attempt_at = null,
          next_at = excluded.next_at
        where d.state <> 'pending'
      returning 1
    )
    select (select count(*) from again) as replayed,
      (select id from event where n > ${eventsMax}) as next`)
}
