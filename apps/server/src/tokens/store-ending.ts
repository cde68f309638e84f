import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

type Ending = {
  readonly tenant_id: string
  readonly connection_id: string
  readonly grant_id: string
  readonly sealed_token: string
  readonly ends_at: Date
  readonly level: number
  readonly username: string | null
  readonly account_id: string
}

/**
 * Live grants whose date has passed; and those that are the last to end of their connection, within fourteen days, where
 * nobody was told yet that it is so near. One Meta told no date of ends after `lifeDays`.
 *
 * @param daysTold each day before the end at which somebody is told is a level more.
 */
export async function selectEnding(
  db: Queryable,
  input: { now: Date; daysTold: readonly number[]; lifeDays: number; limit: number },
): Promise<Ending[]> {
  const { now, daysTold, lifeDays, limit } = input
  const before = new Date(now.getTime() + Math.max(0, ...daysTold) * 86_400_000)
  return await db.many<Ending>(sql`
    with ending as (
      select tenant_id, connection_id, id as grant_id, sealed_token, expires_at as ends_at from grants
      where status = 'active' and sealed_token is not null and expiry = 'known' and expires_at <= ${before}
      union all
      select tenant_id, connection_id, id, sealed_token, coalesce(refreshed_at, issued_at) + make_interval(days => ${lifeDays})
      from grants
      where status = 'active' and sealed_token is not null and expiry = 'unknown'
        and coalesce(refreshed_at, issued_at) <= ${before}::timestamptz - make_interval(days => ${lifeDays})
    ), near as (
      select e.*, (select count(*) from unnest(${[...daysTold]}::float8[]) as d
        where e.ends_at <= ${now}::timestamptz + make_interval(days => d::integer))::integer as level
      from ending e
    )
    select n.*, c.username, c.account_id from near n
    join connections c on c.tenant_id = n.tenant_id and c.id = n.connection_id
    where c.status = 'active' and (n.ends_at <= ${now}::timestamptz
      or not exists (select 1 from grants o
          where o.tenant_id = n.tenant_id and o.connection_id = n.connection_id and o.status = 'active' and o.id <> n.grant_id
            and o.sealed_token is not null and (o.expiry = 'never' or o.expires_at > n.ends_at))
        and not exists (select 1 from alerts a
          where a.resolved_at is null and a.tenant_id = n.tenant_id and a.cause = 'expiring:' || n.connection_id
            and a.level >= n.level))
    order by n.ends_at limit ${limit}`)
}

type DataAccess = Omit<Ending, 'grant_id' | 'sealed_token'>

/** Live grants whose data access ends within the first of these days, where nobody was told yet that it is so near. */
export async function selectDataAccess(
  db: Queryable,
  input: { now: Date; daysTold: readonly number[]; limit: number },
): Promise<DataAccess[]> {
  const { now, daysTold, limit } = input
  const before = new Date(now.getTime() + Math.max(...daysTold) * 86_400_000)
  return await db.many<DataAccess>(sql`
    with near as (
      select tenant_id, connection_id, data_access_expires_at as ends_at, (select count(*) from unnest(${[...daysTold]}::float8[]) as d
        where data_access_expires_at <= ${now}::timestamptz + make_interval(days => d::integer))::integer as level
      from grants where status = 'active' and data_access_expires_at <= ${before}
    )
    select n.*, c.username, c.account_id from near n
    join connections c on c.tenant_id = n.tenant_id and c.id = n.connection_id
    where c.status = 'active' and not exists (select 1 from alerts a
      where a.resolved_at is null and a.tenant_id = n.tenant_id and a.cause = 'data_access:' || n.connection_id and a.level >= n.level)
    order by n.ends_at limit ${limit}`)
}
