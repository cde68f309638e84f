import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { GrantRow } from '#tokens/schema.ts'

/** Every candidate of a connection, ended ones too, newest first. */
export async function listCandidates(
  db: Queryable,
  tenantId: string,
  connectionId: string,
): Promise<GrantRow[]> {
  return await db.many<GrantRow>(sql`
    select * from grants
    where tenant_id = ${tenantId} and connection_id = ${connectionId}
      and (status = 'pending' or confirm_hash is not null)
    order by created_at desc, id desc`)
}

export async function listLateCandidates(
  db: Queryable,
  now: Date,
  limit: number,
): Promise<{ tenant_id: string; id: string; connection_id: string }[]> {
  return await db.many(sql`
    select tenant_id, id, connection_id from grants
    where status = 'pending' and candidate_until <= ${now} order by candidate_until limit ${limit}`)
}

/** The candidates of these connections that wait for the host. */
export async function listWaiting(
  db: Queryable,
  connectionIds: readonly string[],
): Promise<{ id: string }[]> {
  return await db.many<{ id: string }>(sql`
    select id from grants
    where connection_id = any(${[...connectionIds]}::uuid[]) and status = 'pending' and confirmation = 'host'`)
}

/** Confirmed while its long-lived token is still to come: the task finishes it. 0 when it came in the meantime. */
export async function confirmLater(
  db: Queryable,
  tenantId: string,
  grantId: string,
): Promise<number> {
  return await db.run(sql`
    update grants set confirmation = null
    where tenant_id = ${tenantId} and id = ${grantId} and status = 'pending' and short_lived`)
}
