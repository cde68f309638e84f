import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { CapabilityBlocks, GrantRow, GrantStatus } from './schema.ts'

export async function insertPendingGrant(
  db: Queryable,
  grant: Omit<
    GrantRow,
    'status' | 'reason' | 'refreshed_at' | 'checked_at' | 'blocks' | 'candidate_until'
  > & { candidate_until: Date },
): Promise<GrantRow> {
  return await db.one<GrantRow>(sql`
    insert into grants (tenant_id, id, connection_id, login, status, app_id, sealed_token, sealed_user_token,
      short_lived, token_user_id, page_id, scopes, declined_scopes, asked_capabilities, issued_at,
      next_refresh_at, expires_at, expiry, data_access_expires_at, checked_at, confirmation, confirm_hash,
      confirm_until, candidate_until, created_at)
    values (${grant.tenant_id}, ${grant.id}, ${grant.connection_id}, ${grant.login}, 'pending', ${grant.app_id},
      ${grant.sealed_token}, ${grant.sealed_user_token}, ${grant.short_lived}, ${grant.token_user_id},
      ${grant.page_id}, ${grant.scopes}, ${grant.declined_scopes}, ${grant.asked_capabilities},
      ${grant.issued_at}, ${grant.next_refresh_at}, ${grant.expires_at}, ${grant.expiry},
      ${grant.data_access_expires_at}, ${grant.issued_at}, ${grant.confirmation}, ${grant.confirm_hash},
      ${grant.confirm_until}, ${grant.candidate_until}, ${grant.created_at})
    returning *`)
}

export async function listGrants(
  db: Queryable,
  connections: readonly { tenantId: string; connectionId: string }[],
): Promise<GrantRow[]> {
  return await db.many<GrantRow>(sql`
    select g.* from grants g
    join unnest(${connections.map((c) => c.tenantId)}::text[], ${connections.map((c) => c.connectionId)}::uuid[])
      as wanted (tenant_id, connection_id)
      on g.tenant_id = wanted.tenant_id and g.connection_id = wanted.connection_id
    order by g.created_at, g.id`)
}

export async function findGrant(
  db: Queryable,
  tenantId: string,
  grantId: string,
): Promise<GrantRow | undefined> {
  return await db.maybe<GrantRow>(
    sql`select * from grants where tenant_id = ${tenantId} and id = ${grantId}`,
  )
}

/** The old grants of that login make room; their tokens go with them. */
export async function deleteReplacedGrants(db: Queryable, grant: GrantRow): Promise<void> {
  await db.run(sql`
    delete from grants
    where tenant_id = ${grant.tenant_id} and connection_id = ${grant.connection_id} and login = ${grant.login}
      and id <> ${grant.id} and status <> 'pending'`)
}

/** @returns how many: 0 when the candidate is gone or already live. */
export async function activatePendingGrant(
  db: Queryable,
  tenantId: string,
  grantId: string,
): Promise<number> {
  return await db.run(sql`
    update grants
    set status = 'active', reason = null, confirmation = null, candidate_until = null, fence = fence + 1,
      next_check_at = issued_at + interval '1 day'
    where tenant_id = ${tenantId} and id = ${grantId} and status = 'pending' and sealed_token is not null
      and not short_lived`)
}

/** Locks the connection's row first, as everything does that changes what a connection is. */
export async function lockConnection(
  db: Queryable,
  tenantId: string,
  connectionId: string,
): Promise<void> {
  await db.run(
    sql`select 1 from connections where tenant_id = ${tenantId} and id = ${connectionId} for update`,
  )
}

export async function destroyGrants(
  db: Queryable,
  input: { tenantId: string; connectionId: string; reason: string },
): Promise<void> {
  await db.run(sql`
    update grants
    set status = 'disconnected', reason = ${input.reason}, sealed_token = null, sealed_user_token = null,
      next_refresh_at = null, candidate_until = null, confirm_hash = null, fence = fence + 1
    where tenant_id = ${input.tenantId} and connection_id = ${input.connectionId}
      and (status <> 'disconnected' or sealed_token is not null)`)
}

/** The confirm code's hash stays: whoever comes late is told that the candidate ended. */
export async function destroyGrant(
  db: Queryable,
  input: { tenantId: string; grantId: string; reason: string },
): Promise<number> {
  return await db.run(sql`
    update grants
    set status = 'disconnected', reason = ${input.reason}, sealed_token = null, sealed_user_token = null,
      next_refresh_at = null, candidate_until = null, fence = fence + 1
    where tenant_id = ${input.tenantId} and id = ${input.grantId} and status = 'pending'`)
}

export async function updateShortToken(
  db: Queryable,
  grant: Pick<
    GrantRow,
    | 'tenant_id'
    | 'id'
    | 'sealed_token'
    | 'sealed_user_token'
    | 'expiry'
    | 'expires_at'
    | 'next_refresh_at'
    | 'issued_at'
    | 'scopes'
  > & { fence: number },
): Promise<number> {
  return await db.run(sql`
    update grants
    set sealed_token = ${grant.sealed_token}, sealed_user_token = ${grant.sealed_user_token}, short_lived = false,
      expiry = ${grant.expiry}, expires_at = ${grant.expires_at}, next_refresh_at = ${grant.next_refresh_at},
      issued_at = ${grant.issued_at}, checked_at = ${grant.issued_at}, scopes = ${grant.scopes},
      lease_owner = null, lease_until = null, fence = fence + 1
    where tenant_id = ${grant.tenant_id} and id = ${grant.id} and status = 'pending' and short_lived
      and fence = ${grant.fence}`)
}

/** Leases use the database's clock: it is the one all workers share. */
export async function claimShortGrants(
  db: Queryable,
  input: { leaseSeconds: number; owner: string; limit: number },
): Promise<(GrantRow & { fence: number })[]> {
  return await db.many<GrantRow & { fence: number }>(sql`
    update grants set lease_owner = ${input.owner}, fence = fence + 1,
      lease_until = clock_timestamp() + make_interval(secs => ${input.leaseSeconds})
    where (tenant_id, id) in (
      select tenant_id, id from grants
      where status = 'pending' and short_lived and sealed_token is not null
        and (lease_until is null or lease_until < clock_timestamp())
      order by created_at limit ${input.limit} for update skip locked)
    returning *`)
}

/** The token as the failure was met: one that was renewed in between is left alone. */
export async function markGrant(
  db: Queryable,
  input: {
    tenantId: string
    grantId: string
    sealed: string
    status: GrantStatus
    reason: string
    at: Date
  },
): Promise<number> {
  return await db.run(sql`
    update grants
    set status = ${input.status}, reason = ${input.reason}, checked_at = ${input.at}, next_refresh_at = null,
      fence = fence + 1
    where tenant_id = ${input.tenantId} and id = ${input.grantId} and status = 'active' and sealed_token = ${input.sealed}`)
}

/** Adds to what Meta refused. Zero: the grant is not active. */
export async function blockCapability(
  db: Queryable,
  input: { tenantId: string; grantId: string; blocks: CapabilityBlocks },
): Promise<number> {
  return await db.run(sql`
    update grants set blocks = blocks || ${JSON.stringify(input.blocks)}::jsonb
    where tenant_id = ${input.tenantId} and id = ${input.grantId} and status = 'active'`)
}

/** Takes these capabilities out of what Meta refused. */
export async function unblockCapabilities(
  db: Queryable,
  input: { tenantId: string; grantId: string; names: readonly string[] },
): Promise<void> {
  await db.run(sql`
    update grants set blocks = blocks - ${[...input.names]}::text[]
    where tenant_id = ${input.tenantId} and id = ${input.grantId}`)
}

/** A connection whose last live grant died says so; one with another live grant stays as it is. */
export async function settleConnection(
  db: Queryable,
  input: { tenantId: string; connectionId: string; status: GrantStatus; reason: string; at: Date },
): Promise<number> {
  return await db.run(sql`
    update connections c
    set status = ${input.status}, reason = ${input.reason}, checked_at = ${input.at}, updated_at = ${input.at}
    where c.tenant_id = ${input.tenantId} and c.id = ${input.connectionId} and c.status in ('active', 'needs_reauth')
      and not exists (select 1 from grants g where g.tenant_id = c.tenant_id and g.connection_id = c.id
        and g.status = 'active')`)
}

export type HeldAccount = {
  readonly account_id: string
  readonly status: GrantStatus
  readonly username: string | null
}

export async function findAccount(
  db: Queryable,
  tenantId: string,
  connectionId: string,
): Promise<HeldAccount | undefined> {
  return await db.maybe<HeldAccount>(sql`
    select account_id, status, username from connections where tenant_id = ${tenantId} and id = ${connectionId}`)
}

export async function findTenantOf(
  db: Queryable,
  connectionId: string,
  tenants: readonly string[] | null,
): Promise<string | undefined> {
  const row = await db.maybe<{ tenant_id: string }>(sql`
    select tenant_id from connections
    where id = ${connectionId} and (${tenants}::text[] is null or tenant_id = any(${tenants}))`)
  return row?.tenant_id
}

export async function deletePendingGrant(
  db: Queryable,
  tenantId: string,
  grantId: string,
): Promise<void> {
  await db.run(
    sql`delete from grants where tenant_id = ${tenantId} and id = ${grantId} and status = 'pending'`,
  )
}
