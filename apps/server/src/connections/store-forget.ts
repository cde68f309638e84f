import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { EndedConnection } from './schema.ts'

export async function closeConnection(
  db: Queryable,
  input: {
    readonly tenantId: string
    readonly id: string
    readonly reason: string | null
    readonly at: Date
  },
): Promise<void> {
  await db.run(sql`
    update connections set status = 'revoked', reason = ${input.reason}, checked_at = ${input.at}, updated_at = ${input.at}
    where tenant_id = ${input.tenantId} and id = ${input.id}`)
}

/** Until the transaction ends no grant is added to them. */
export async function lockConnections(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<void> {
  await db.run(sql`
    select 1 from connections
    where tenant_id = ${tenantId} and (${connectionId}::uuid is null or id = ${connectionId}::uuid)
    order by id for update`)
}

/** @param connectionId null: every connection of the tenant. */
export async function deleteConnections(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<number> {
  return await db.run(sql`
    delete from connections
    where tenant_id = ${tenantId} and (${connectionId}::uuid is null or id = ${connectionId}::uuid)`)
}

/** A connection that may still hold a token or a subscription. */
export async function findUnended(
  db: Queryable,
  tenantId: string,
): Promise<{ id: string } | undefined> {
  return await db.maybe<{ id: string }>(sql`
    select id from connections c
    where tenant_id = ${tenantId} and (status <> 'disconnected' or exists (
      select 1 from grants g
      where g.tenant_id = c.tenant_id and g.connection_id = c.id and g.sealed_token is not null))
    order by id limit 1`)
}

/** @param connectionId null: of every connection. */
export async function findAccountIds(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<{ account_id: string }[]> {
  return await db.many<{ account_id: string }>(sql`
    select account_id from connections
    where tenant_id = ${tenantId} and (${connectionId}::uuid is null or id = ${connectionId}::uuid)`)
}

/** What changed a row after `since` found it so, or made it so. */
export async function selectEnded(db: Queryable, since: Date): Promise<EndedConnection[]> {
  return await db.many<EndedConnection>(sql`
    select tenant_id, id, status, reason from connections
    where status in ('disconnected', 'revoked') and updated_at > ${since}`)
}
