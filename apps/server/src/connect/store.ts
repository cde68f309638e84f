import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { SessionRow } from './schema.ts'

export async function insertSession(db: Queryable, row: SessionRow): Promise<void> {
  await db.run(sql`
    insert into connect_sessions (tenant_id, id, link_hash, login, return_url, connection_id, account_id, page_id,
      capabilities, confirmation, direct, created_by, created_at, expires_at)
    values (${row.tenant_id}, ${row.id}, ${row.link_hash}, ${row.login}, ${row.return_url}, ${row.connection_id},
      ${row.account_id}, ${row.page_id}, ${row.capabilities}, ${row.confirmation}, ${row.direct},
      ${row.created_by}, ${row.created_at}, ${row.expires_at})`)
}

/** Links that may still be opened. */
export async function findOpenSession(
  db: Queryable,
  linkHashes: readonly string[],
  now: Date,
): Promise<SessionRow | undefined> {
  return await db.maybe<SessionRow>(sql`
    select * from connect_sessions
    where link_hash = any(${[...linkHashes]}) and expires_at > ${now} and used_at is null and revoked_at is null`)
}

/** Whatever became of it. */
export async function findSessionByLink(
  db: Queryable,
  linkHashes: readonly string[],
): Promise<SessionRow | undefined> {
  return await db.maybe<SessionRow>(
    sql`select * from connect_sessions where link_hash = any(${[...linkHashes]})`,
  )
}

export async function findSession(
  db: Queryable,
  tenantId: string,
  id: string,
): Promise<SessionRow | undefined> {
  return await db.maybe<SessionRow>(
    sql`select * from connect_sessions where tenant_id = ${tenantId} and id = ${id}`,
  )
}

/** The first browser keeps the link; one statement, so that two at once cannot both be first. */
export async function bindSession(
  db: Queryable,
  input: {
    tenantId: string
    id: string
    browserHash: string
    knownHashes: readonly string[]
    now: Date
  },
): Promise<number> {
  return await db.run(sql`
    update connect_sessions set browser_hash = coalesce(browser_hash, ${input.browserHash})
    where tenant_id = ${input.tenantId} and id = ${input.id} and expires_at > ${input.now}
      and used_at is null and revoked_at is null
      and (browser_hash is null or browser_hash = any(${[...input.knownHashes]}))`)
}

export async function markSessionUsed(
  db: Queryable,
  tenantId: string,
  id: string,
  at: Date,
): Promise<void> {
  await db.run(sql`
    update connect_sessions set used_at = coalesce(used_at, ${at}) where tenant_id = ${tenantId} and id = ${id}`)
}

export async function revokeSession(
  db: Queryable,
  input: { id: string; tenants: readonly string[] | null; at: Date },
): Promise<{ tenant_id: string } | undefined> {
  return await db.maybe<{ tenant_id: string }>(sql`
    update connect_sessions set revoked_at = coalesce(revoked_at, ${input.at})
    where id = ${input.id} and (${input.tenants}::text[] is null or tenant_id = any(${input.tenants}))
    returning tenant_id`)
}

/** Long-ended trips and links; what came of them is in the audit log. */
export async function deleteOldSessions(db: Queryable, before: Date): Promise<number> {
  await db.run(sql`delete from oauth_states where coalesce(pick_until, expires_at) < ${before}`)
  return await db.run(sql`
    delete from connect_sessions s where s.expires_at < ${before}
      and not exists (select 1 from oauth_states o where o.tenant_id = s.tenant_id and o.session_id = s.id)`)
}
