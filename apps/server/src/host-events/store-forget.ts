import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** @param connectionId null: of every connection. @returns how many events. */
export async function deleteEvents(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<number> {
  await db.run(sql`
    delete from host_deliveries d using host_events e
    where e.tenant_id = ${tenantId} and (${connectionId}::uuid is null or e.connection_id = ${connectionId})
      and d.tenant_id = e.tenant_id and d.event_id = e.id`)
  return await db.run(sql`
    delete from host_events
    where tenant_id = ${tenantId} and (${connectionId}::uuid is null or connection_id = ${connectionId})`)
}

export async function deleteTenantEndpoints(db: Queryable, tenantId: string): Promise<number> {
  await db.run(sql`
    delete from host_endpoint_secrets where tenant_id = ${tenantId}`)
  return await db.run(sql`delete from host_endpoints where tenant_id = ${tenantId}`)
}
