import type { Login } from '@parley/instagram/login.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type NamedGrant = {
  readonly tenant_id: string
  readonly connection_id: string
  readonly grant_id: string
  readonly login: Login
}

/**
 * Grants of whom Meta names by an id: the account's own id in the app (Instagram login), the user's whose token it is
 * (Facebook login). In one order, so that callbacks about the same account never wait for each other crosswise.
 */
export async function findNamedGrants(
  db: Queryable,
  userId: string,
  appIds: readonly string[],
): Promise<NamedGrant[]> {
  return await db.many<NamedGrant>(sql`
    select g.tenant_id, g.connection_id, g.id as grant_id, g.login
    from connections c join grants g on g.tenant_id = c.tenant_id and g.connection_id = c.id
    where c.app_scoped_id = ${userId} and g.login = 'instagram' and g.app_id = any(${[...appIds]})
    union
    select g.tenant_id, g.connection_id, g.id, g.login from grants g
    where g.token_user_id = ${userId} and g.login = 'facebook' and g.app_id = any(${[...appIds]})
    order by 1, 2, 3`)
}

/** The token is gone whatever the grant was; a candidate ends, a live one says why it died. */
export async function revokeGrants(
  db: Queryable,
  input: {
    readonly tenantId: string
    readonly grantIds: readonly string[]
    readonly reason: string
    readonly at: Date
  },
): Promise<number> {
  return await db.run(sql`
    update grants
    set status = case status when 'pending' then 'disconnected' else 'revoked' end, reason = ${input.reason},
      sealed_token = null, sealed_user_token = null, next_refresh_at = null, candidate_until = null,
      checked_at = ${input.at}, lease_owner = null, lease_until = null, fence = fence + 1
    where tenant_id = ${input.tenantId} and id = any(${[...input.grantIds]}::uuid[]) and status <> 'disconnected'
      and (status <> 'revoked' or sealed_token is not null or sealed_user_token is not null)`)
}

/** With what is counted of calls made with them. @param connectionId null: of every connection. */
export async function deleteGrants(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<number> {
  await db.run(sql`
    delete from call_budgets
    where tenant_id = ${tenantId} and (${connectionId}::uuid is null or connection_id = ${connectionId}::uuid)`)
  return await db.run(sql`
    delete from grants
    where tenant_id = ${tenantId} and (${connectionId}::uuid is null or connection_id = ${connectionId}::uuid)`)
}

export async function findPageIds(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<{ page_id: string }[]> {
  return await db.many<{ page_id: string }>(sql`
    select distinct page_id from grants
    where tenant_id = ${tenantId} and (${connectionId}::uuid is null or connection_id = ${connectionId}::uuid)
      and page_id is not null`)
}
