import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { Expiry, LeasedGrant } from './schema.ts'

/** Which grants, for how long and for whom. Leases go by the database's clock: it is the one all workers share. */
export type Claim = {
  readonly owner: string
  readonly leaseSeconds: number
  readonly limit: number
  readonly now: Date
  /** Null: every tenant's. */
  readonly tenants: readonly string[] | null
  /** One connection only. */
  readonly connectionId?: string | undefined
  /** Grants that had their turn. */
  readonly except?: readonly string[]
}

/**
 * Those due for a refresh; with `youngest`, every one that was made or refreshed before it, due or not. An app that has
 * made more than `callsMax` calls in this hour stands in no other's way.
 */
export async function claimRefreshes(
  db: Queryable,
  {
    owner,
    leaseSeconds,
    limit,
    now,
    tenants,
    connectionId,
    except = [],
    callsMax,
  }: Claim & { readonly callsMax: number },
  youngest: Date | null,
): Promise<LeasedGrant[]> {
  return await db.many<LeasedGrant>(sql`
    with due as (
      select g.tenant_id, g.id from grants g
      left join meta_apps a on a.app_id = g.app_id
      where g.status = 'active' and g.sealed_token is not null
        and (g.login = 'instagram' or g.sealed_user_token is not null and g.expiry <> 'never')
        and (${youngest}::timestamptz is null and g.next_refresh_at <= ${now}::timestamptz and (g.retry_at is null or g.retry_at <= ${now})
          or coalesce(g.refreshed_at, g.issued_at) <= ${youngest}::timestamptz)
        and (${tenants}::text[] is null or g.tenant_id = any(${tenants}))
        and (${connectionId ?? null}::uuid is null or g.connection_id = ${connectionId ?? null})
        and (g.lease_until is null or g.lease_until < clock_timestamp())
        and a.open_until is null and not g.id = any(${[...except]}::uuid[])
        and (a.hour is distinct from date_trunc('hour', ${now}::timestamptz) or a.calls <= ${callsMax}::integer)
      order by g.next_refresh_at limit ${limit} for update of g skip locked
    )
    update grants g set lease_owner = ${owner}, fence = g.fence + 1,
      lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    from due where g.tenant_id = due.tenant_id and g.id = due.id
    returning g.*`)
}

/** Those whose daily look is due, of either login. An app that has made more than `callsMax` calls in this hour is left out. */
export async function claimChecks(
  db: Queryable,
  {
    owner,
    leaseSeconds,
    limit,
    now,
    tenants,
    connectionId,
    callsMax,
  }: Claim & {
    readonly callsMax: number
  },
  isForced: boolean,
): Promise<LeasedGrant[]> {
  return await db.many<LeasedGrant>(sql`
    with due as (
      select g.tenant_id, g.id from grants g
      left join meta_apps a on a.app_id = g.app_id
      where g.status = 'active' and g.sealed_token is not null
        and (${isForced} or g.next_check_at <= ${now}::timestamptz and (g.retry_at is null or g.retry_at <= ${now}))
        and (${tenants}::text[] is null or g.tenant_id = any(${tenants}))
        and (${connectionId ?? null}::uuid is null or g.connection_id = ${connectionId ?? null})
        and (g.lease_until is null or g.lease_until < clock_timestamp())
        and a.open_until is null
        and (a.hour is distinct from date_trunc('hour', ${now}::timestamptz) or a.calls <= ${callsMax}::integer)
      order by g.next_check_at limit ${limit} for update of g skip locked
    )
    update grants g set lease_owner = ${owner}, fence = g.fence + 1,
      lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    from due where g.tenant_id = due.tenant_id and g.id = due.id
    returning g.*`)
}

/**
 * One grant of each broken app whose pause is over: it shows whether the app is well again. One that failed for a reason
 * of its own shows it only when there is no other, and never before its own pause is over. An app that has made more than
 * `callsMax` calls in this hour waits for the next one.
 */
export async function claimProbes(
  db: Queryable,
  {
    owner,
    leaseSeconds,
    now,
    callsMax,
  }: Pick<Claim, 'owner' | 'leaseSeconds' | 'now'> & { readonly callsMax: number },
): Promise<LeasedGrant[]> {
  return await db.many<LeasedGrant>(sql`
    with app as (
      select app_id from meta_apps
      where open_until <= ${now}::timestamptz
        and (hour is distinct from date_trunc('hour', ${now}::timestamptz) or calls <= ${callsMax}::integer)
      for update skip locked
    ), paused as (
      -- The next probe, if this worker dies with its own.
      update meta_apps a set open_until = ${now}::timestamptz + interval '5 minutes', probing = true from app where a.app_id = app.app_id
    ), one as (
      select found.tenant_id, found.id from app cross join lateral (
        select g.tenant_id, g.id from grants g
        cross join lateral (select coalesce(g.failure ->> 'class', '') in ('sealed', 'unforeseen') as is_odd) odd
        where g.app_id = app.app_id and g.status = 'active' and g.sealed_token is not null
          and (g.lease_until is null or g.lease_until < clock_timestamp())
          and (not odd.is_odd or g.retry_at is null or g.retry_at <= ${now}::timestamptz)
        order by odd.is_odd, coalesce(g.retry_at > ${now}::timestamptz, false), g.failures, g.checked_at desc limit 1 for update of g skip locked) found
    )
    update grants g set lease_owner = ${owner}, fence = g.fence + 1,
      lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    from one where g.tenant_id = one.tenant_id and g.id = one.id
    returning g.*`)
}

type Held = Pick<LeasedGrant, 'tenant_id' | 'id' | 'fence'>

/** @returns 0 when the lease was lost to another worker, or the grant is no longer live. */
export async function writeRefreshed(
  db: Queryable,
  held: Held,
  input: {
    sealedToken: string
    expiry: Expiry
    expiresAt: Date | null
    nextRefreshAt: Date | null
    scopes: readonly string[]
    at: Date
  },
): Promise<number> {
  return await db.run(sql`
    update grants set sealed_token = ${input.sealedToken}, expiry = ${input.expiry},
      expires_at = ${input.expiresAt}, next_refresh_at = ${input.nextRefreshAt}, scopes = ${[...input.scopes]},
      refreshed_at = ${input.at}, checked_at = ${input.at}, failures = 0, failing_since = null, failure = null,
      retry_at = null, lease_owner = null, lease_until = null, fence = fence + 1
    where tenant_id = ${held.tenant_id} and id = ${held.id} and fence = ${held.fence} and status = 'active'`)
}

/**
 * Whoever wanted another look meanwhile (the other grant died) gets it: the next check stays where they put it.
 *
 * @returns 0 when the lease was lost to another worker, or the grant is no longer live.
 */
export async function writeChecked(
  db: Queryable,
  held: Held & Pick<LeasedGrant, 'next_check_at'>,
  input: {
    nextCheckAt: Date
    /** Undefined: stays as it is. */
    nextRefreshAt?: Date | null
    scopes: readonly string[]
    expiry: Expiry
    expiresAt: Date | null
    dataAccessExpiresAt: Date | null
    at: Date
  },
): Promise<number> {
  return await db.run(sql`
    update grants set checked_at = ${input.at}, scopes = ${[...input.scopes]},
      expiry = ${input.expiry}, expires_at = ${input.expiresAt}, data_access_expires_at = ${input.dataAccessExpiresAt},
      next_check_at = case when next_check_at is not distinct from ${held.next_check_at}::timestamptz then ${input.nextCheckAt}
        else next_check_at end,
      next_refresh_at = case when ${input.nextRefreshAt !== undefined} then ${input.nextRefreshAt ?? null}::timestamptz
        else next_refresh_at end,
      failures = 0, failing_since = null, failure = null, retry_at = null,
      lease_owner = null, lease_until = null, fence = fence + 1
    where tenant_id = ${held.tenant_id} and id = ${held.id} and fence = ${held.fence} and status = 'active'`)
}

/** The status of a connection is as old as its evidence. */
export async function noteEvidence(
  db: Queryable,
  key: { tenantId: string; connectionId: string },
  at: Date,
): Promise<void> {
  await db.run(sql`
    update connections set checked_at = ${at}
    where tenant_id = ${key.tenantId} and id = ${key.connectionId} and status = 'active'`)
}

/** Only the pause and what Meta said: the token, its date and the status stay. */
export async function writeFailed(
  db: Queryable,
  held: Held,
  input: { failure: object; retryAt: Date; at: Date },
): Promise<number> {
  return await db.run(sql`
    update grants set failures = failures + 1, failing_since = coalesce(failing_since, ${input.at}),
      failure = ${JSON.stringify(input.failure)}::jsonb, retry_at = ${input.retryAt},
      lease_owner = null, lease_until = null, fence = fence + 1
    where tenant_id = ${held.tenant_id} and id = ${held.id} and fence = ${held.fence} and status = 'active'`)
}

/** The grant waits, and nothing is held against it. */
export async function pause(db: Queryable, held: Held, retryAt: Date): Promise<void> {
  await db.run(sql`
    update grants set retry_at = ${retryAt}, lease_owner = null, lease_until = null, fence = fence + 1
    where tenant_id = ${held.tenant_id} and id = ${held.id} and fence = ${held.fence} and status = 'active'`)
}

export async function giveBack(db: Queryable, held: readonly Held[]): Promise<void> {
  await db.run(sql`
    update grants g set lease_owner = null, lease_until = null
    from unnest(${held.map((one) => one.tenant_id)}::text[], ${held.map((one) => one.id)}::uuid[], ${held.map((one) => one.fence)}::bigint[])
      as mine (tenant_id, id, fence)
    where g.tenant_id = mine.tenant_id and g.id = mine.id and g.fence = mine.fence`)
}

/** The other grant of a connection is looked at at once: it may have to take over. */
export async function hurryChecks(
  db: Queryable,
  key: { tenantId: string; connectionId: string },
  at: Date,
): Promise<void> {
  await db.run(sql`
    update grants set next_check_at = ${at}, retry_at = null
    where tenant_id = ${key.tenantId} and connection_id = ${key.connectionId} and status = 'active'`)
}

/** Grants Meta called dead while their app was doubted. */
export async function hurrySuspects(db: Queryable, appId: string, at: Date): Promise<void> {
  await db.run(sql`
    update grants set next_check_at = ${at}, retry_at = null
    where app_id = ${appId} and status = 'active' and failure ->> 'class' = 'needs_reauth'`)
}

export type SweepCounts = { readonly live: number; readonly due: number }

export async function countDue(
  db: Queryable,
  input: { now: Date; youngest: Date | null; tenants: readonly string[] | null },
): Promise<SweepCounts> {
  return await db.one<SweepCounts>(sql`
    select count(*) as live, count(*) filter (where sealed_token is not null
        and (login = 'instagram' or sealed_user_token is not null and expiry <> 'never')
        and (${input.youngest}::timestamptz is null and next_refresh_at <= ${input.now}::timestamptz
          or coalesce(refreshed_at, issued_at) <= ${input.youngest}::timestamptz)) as due
    from grants where status = 'active' and (${input.tenants}::text[] is null or tenant_id = any(${input.tenants}))`)
}

/** The look is finished: the next one is tomorrow, unless somebody wants one sooner. */
export async function finishCheck(
  db: Queryable,
  grant: { readonly tenantId: string; readonly grantId: string },
  nextCheckAt: Date,
): Promise<void> {
  await db.run(sql`
    update grants set next_check_at = ${nextCheckAt}
    where tenant_id = ${grant.tenantId} and id = ${grant.grantId} and status = 'active'
      and next_check_at = checked_at + interval '1 hour'`)
}
