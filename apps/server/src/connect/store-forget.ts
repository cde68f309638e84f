import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** Links, trips and imported rows of a tenant, or those that named or led to one connection. */
export async function deleteSessions(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<number> {
  const trips = await db.run(sql`
    delete from oauth_states o using connect_sessions s
    where o.tenant_id = ${tenantId} and s.tenant_id = o.tenant_id and s.id = o.session_id
      and (${connectionId}::uuid is null or o.connection_id = ${connectionId}::uuid
        or s.connection_id = ${connectionId}::uuid or s.account_id = (
          select account_id from connections where tenant_id = ${tenantId} and id = ${connectionId}::uuid))`)
  const links = await db.run(sql`
    delete from connect_sessions s
    where s.tenant_id = ${tenantId}
      and (${connectionId}::uuid is null or s.connection_id = ${connectionId}::uuid or s.account_id = (
        select account_id from connections where tenant_id = ${tenantId} and id = ${connectionId}::uuid))
      and not exists (select 1 from oauth_states o where o.tenant_id = s.tenant_id and o.session_id = s.id)`)
  const imported = await db.run(sql`
    delete from imported_rows
    where tenant_id = ${tenantId} and (${connectionId}::uuid is null or connection_id = ${connectionId}::uuid)`)
  return trips + links + imported
}
