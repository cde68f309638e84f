import type { Scope } from '@parley/contract/api-key.ts'
import type { Role } from '#http/caller.ts'
import type { Page } from '#http/list.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type ApiKeyRow = {
  id: string
  tenant_id: string | null
  name: string
  scopes: Scope[]
  created_at: Date
  last_used_at: Date | null
  revoked_at: Date | null
}

export type OperatorRow = { id: string; name: string; email: string; password: string | null }
export type MembershipRow = { tenant_id: string | null; role: Role }

export async function selectApiKeyByHash(
  db: Queryable,
  hashes: readonly string[],
): Promise<ApiKeyRow | undefined> {
  return await db.maybe<ApiKeyRow>(sql`
    select id, tenant_id, name, scopes, created_at, last_used_at, revoked_at
    from api_keys where key_hash = any(${hashes}) and revoked_at is null`)
}

export async function insertApiKey(
  db: Queryable,
  key: Pick<ApiKeyRow, 'id' | 'tenant_id' | 'name' | 'scopes' | 'created_at'>,
  hash: string,
): Promise<void> {
  await db.run(sql`
    insert into api_keys (id, tenant_id, name, key_hash, scopes, created_at)
    values (${key.id}, ${key.tenant_id}, ${key.name}, ${hash}, ${key.scopes}, ${key.created_at})`)
}

/** Newest first; `limit + 1` rows. */
export async function selectApiKeys(
  db: Queryable,
  visible: readonly string[] | null,
  page: Page,
): Promise<ApiKeyRow[]> {
  const { after, limit } = page
  return await db.many<ApiKeyRow>(sql`
    select id, tenant_id, name, scopes, created_at, last_used_at, revoked_at
    from api_keys
    where (${visible}::text[] is null or tenant_id = any(${visible}))
      and (${after?.at ?? null}::timestamptz is null
        or (created_at, id::text) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::text))
    order by created_at desc, id::text desc
    limit ${limit + 1}`)
}

/** The key after it was revoked; the first time counts. */
export async function updateApiKeyRevoked(
  db: Queryable,
  visible: readonly string[] | null,
  id: string,
  at: Date,
): Promise<(ApiKeyRow & { first: boolean }) | undefined> {
  return await db.maybe<ApiKeyRow & { first: boolean }>(sql`
    with before as (
      select id, revoked_at from api_keys
      where id = ${id} and (${visible}::text[] is null or tenant_id = any(${visible})) for update
    )
    update api_keys k set revoked_at = coalesce(k.revoked_at, ${at})
    from before where k.id = before.id
    returning k.id, k.tenant_id, k.name, k.scopes, k.created_at, k.last_used_at, k.revoked_at,
      before.revoked_at is null as first`)
}

export async function updateApiKeyUsed(db: Queryable, id: string, at: Date): Promise<void> {
  await db.run(sql`update api_keys set last_used_at = ${at} where id = ${id}`)
}

export async function selectTenantExists(db: Queryable, id: string): Promise<boolean> {
  return (
    (await db.maybe(sql`select 1 from tenants where id = ${id} and erasing_at is null`)) !==
    undefined
  )
}

export async function insertSignInLink(
  db: Queryable,
  link: { hash: string; role: Role; tenantId: string | null; at: Date; expiresAt: Date },
): Promise<void> {
  await db.run(sql`
    insert into sign_in_links (link_hash, role, tenant_id, created_at, expires_at)
    values (${link.hash}, ${link.role}, ${link.tenantId}, ${link.at}, ${link.expiresAt})`)
}

/** Takes the link: of many who try at once, one gets it. */
export async function consumeSignInLink(
  db: Queryable,
  hashes: readonly string[],
  at: Date,
): Promise<MembershipRow | undefined> {
  return await db.maybe<MembershipRow>(sql`
    update sign_in_links set used_at = ${at}
    where link_hash = any(${hashes}) and used_at is null and expires_at > ${at}
    returning role, tenant_id`)
}

/** Operators are kept by better-auth; addresses in lower case. */
export async function selectOperatorByEmail(
  db: Queryable,
  email: string,
): Promise<OperatorRow | undefined> {
  return await db.maybe<OperatorRow>(sql`
    select u.id, u.name, u.email, a.password
    from auth."user" u
    left join auth."account" a on a."userId" = u.id and a."providerId" = 'credential'
    where u.email = ${email}`)
}

/** False when the address is taken. */
export async function insertOperator(
  db: Queryable,
  operator: { id: string; accountId: string; name: string; email: string; passwordHash: string },
  at: Date,
): Promise<boolean> {
  const inserted = await db.run(sql`
    insert into auth."user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
    values (${operator.id}, ${operator.name}, ${operator.email}, true, ${at}, ${at})
    on conflict (email) do nothing`)
  if (inserted === 0) return false
  await db.run(sql`
    insert into auth."account" (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
    values (${operator.accountId}, ${operator.id}, 'credential', ${operator.id}, ${operator.passwordHash}, ${at}, ${at})`)
  return true
}

/** A membership is widened by a link, never narrowed. */
export async function upsertMembership(
  db: Queryable,
  operatorId: string,
  membership: MembershipRow,
  at: Date,
): Promise<void> {
  await db.run(sql`
    insert into memberships (operator_id, tenant_id, role, created_at)
    values (${operatorId}, ${membership.tenant_id}, ${membership.role}, ${at})
    on conflict (operator_id, coalesce(tenant_id, '')) do update set role =
      case when excluded.role = 'owner' or memberships.role = 'agent' then excluded.role else memberships.role end`)
}

export async function selectMemberships(
  db: Queryable,
  operatorId: string,
): Promise<MembershipRow[]> {
  return await db.many<MembershipRow>(
    sql`select tenant_id, role from memberships where operator_id = ${operatorId}`,
  )
}

export async function selectSomeMembership(db: Queryable): Promise<boolean> {
  return (await db.maybe(sql`select 1 from memberships limit 1`)) !== undefined
}

export async function deleteLinksBefore(db: Queryable, before: Date): Promise<number> {
  return await db.run(sql`delete from sign_in_links where expires_at < ${before}`)
}

export async function deleteSessionsBefore(db: Queryable, before: Date): Promise<number> {
  return await db.run(sql`delete from auth."session" where "expiresAt" < ${before}`)
}

/** Owners of the installation, not of one tenant. */
export async function selectOwnerMails(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ email: string }>(sql`
    select u.email from memberships m join auth."user" u on u.id::text = m.operator_id
    where m.tenant_id is null and m.role = 'owner' order by u.email`)
  return rows.map(({ email }) => email)
}
