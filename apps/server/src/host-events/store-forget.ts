import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/**
 * Of one connection, that it ended stays for as long as somebody was not told: ids of ours, forgotten after thirty days
 * like every event. Without it a host asks for the connection, and only gets 404.
 *
 * @param connectionId null: of every connection, and nothing stays.
 * @returns how many events.
 */
export async function deleteEvents(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<number> {
  return await db.run(sql`
    with wanted as (
      select e.id from host_events e
      where e.tenant_id = ${tenantId} and (${connectionId}::uuid is null or (e.connection_id = ${connectionId}::uuid
        and not (e.type in ('connection.revoked', 'connection.disconnected') and coalesce((
          select bool_or(d.state <> 'delivered') from host_deliveries d
          where d.tenant_id = e.tenant_id and d.event_id = e.id), true))))
    ), told as (
      delete from host_deliveries d using wanted w where d.tenant_id = ${tenantId} and d.event_id = w.id
    )
    delete from host_events e using wanted w where e.tenant_id = ${tenantId} and e.id = w.id`)
}

export async function deleteTenantEndpoints(db: Queryable, tenantId: string): Promise<number> {
  await db.run(sql`
    delete from host_endpoint_secrets where tenant_id = ${tenantId}`)
  return await db.run(sql`delete from host_endpoints where tenant_id = ${tenantId}`)
}
