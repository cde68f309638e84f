import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** Each from a small partial index, or one row at the end of a large one: what was done already costs nothing. */
export type Backlog = {
  parley_deliveries_waiting: number
  parley_oldest_delivery_seconds: number
  parley_last_delivery_timestamp_seconds: number | null
  parley_lanes_ready: number
  parley_oldest_lane_seconds: number
  parley_lanes_parked: number
  parley_parts_open: number
  parley_parts_unknown: number
  parley_workers_live: number
  parley_host_events_waiting: number
  parley_host_endpoints_failing: number
  parley_jobs_waiting: number
  parley_jobs_failed: number
}

export async function readBacklog(db: Queryable): Promise<Backlog> {
  return await db.one<Backlog>(sql`
    select
      (select count(*) from deliveries where state = 'stored') as parley_deliveries_waiting,
      (select coalesce(extract(epoch from clock_timestamp() - min(received_at)), 0)::float8
         from deliveries where state = 'stored') as parley_oldest_delivery_seconds,
      (select extract(epoch from received_at)::float8
         from deliveries order by id desc limit 1) as parley_last_delivery_timestamp_seconds,
      (select count(*) from lanes where ready_at is not null and parked is null) as parley_lanes_ready,
      (select greatest(0, coalesce(extract(epoch from clock_timestamp() - min(ready_at)), 0))::float8
         from lanes where ready_at is not null and parked is null) as parley_oldest_lane_seconds,
      (select count(*) from lanes where parked is not null) as parley_lanes_parked,
      (select count(*) from outbound_parts) as parley_parts_open,
      (select count(*) from outbound_parts where attempt_at is not null) as parley_parts_unknown,
      (select count(*) from workers where seen_at > clock_timestamp() - interval '5 seconds') as parley_workers_live,
      (select count(*) from host_deliveries where state = 'pending') as parley_host_events_waiting,
      (select count(*) from host_endpoints where deleted_at is null
         and (failing_since is not null or disabled_reason <> 'by_hand')) as parley_host_endpoints_failing,
      (select count(*) from graphile_worker.jobs
         where attempts < max_attempts and run_at <= clock_timestamp() and locked_at is null) as parley_jobs_waiting,
      (select count(*) from graphile_worker.jobs where attempts >= max_attempts) as parley_jobs_failed`)
}

export type TokenFigures = {
  parley_refreshes_due: number
  parley_checks_due: number
  parley_apps_paused: number
  /** Null: no token has an end. Negative: it has ended. */
  parley_next_token_expiry_seconds: number | null
}

/** What is to be done for tokens. One whose end Meta did not tell lives sixty days. */
export async function readTokens(db: Queryable, now: Date): Promise<TokenFigures> {
  return await db.one<TokenFigures>(sql`
    select
      (select count(*) from grants
         where status = 'active' and next_refresh_at <= ${now} and (retry_at is null or retry_at <= ${now})) as parley_refreshes_due,
      (select count(*) from grants
         where status = 'active' and next_check_at <= ${now} and (retry_at is null or retry_at <= ${now})) as parley_checks_due,
      (select count(*) from meta_apps where open_until is not null) as parley_apps_paused,
      extract(epoch from least(
        (select min(expires_at) from grants where status = 'active' and expiry = 'known'),
        (select min(coalesce(refreshed_at, issued_at)) + interval '60 days' from grants where status = 'active' and expiry = 'unknown')
      ) - ${now}::timestamptz)::float8 as parley_next_token_expiry_seconds`)
}

/**
 * Connections by the status they show: of those stored as `active`, the ones whose last token ends within `expiringDays`
 * are `expiring`, and those whose last token has ended need a person.
 */
export async function countConnections(
  db: Queryable,
  now: Date,
  expiringDays: number,
): Promise<readonly { status: string; count: number }[]> {
  return await db.many(sql`
    with soon as (
      select ${now}::timestamptz + make_interval(days => ${expiringDays}) as at
    ), ending as (
      select distinct g.tenant_id, g.connection_id from soon, grants g
      where g.status = 'active' and g.sealed_token is not null and (
        g.expiry = 'known' and g.expires_at <= soon.at
        or g.expiry = 'unknown' and coalesce(g.refreshed_at, g.issued_at) <= soon.at - interval '60 days')
    ), changed as (
      select case when last.ends_at <= ${now} then 'needs_reauth' else 'expiring' end as status
      from soon, ending e
      join connections c on c.tenant_id = e.tenant_id and c.id = e.connection_id and c.status = 'active'
      cross join lateral (
        select max(case g.expiry
          when 'never' then 'infinity'
          when 'known' then coalesce(g.expires_at, 'infinity')
          else coalesce(g.refreshed_at, g.issued_at) + interval '60 days' end) as ends_at
        from grants g
        where g.tenant_id = e.tenant_id and g.connection_id = e.connection_id
          and g.status = 'active' and g.sealed_token is not null) last
      where last.ends_at <= soon.at
    ), counted as (
      select status, count(*) as n from connections group by status
      union all select status, count(*) from changed group by status
      union all select 'active', -count(*) from changed
    )
    select status, sum(n)::bigint as count from counted group by status`)
}

export async function countAlerts(
  db: Queryable,
): Promise<readonly { kind: string; count: number }[]> {
  return await db.many(sql`
    select kind, count(*) as count from alerts where resolved_at is null group by kind`)
}
