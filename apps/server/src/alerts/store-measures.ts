import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { Counted, MeasureKind } from '#ports/measures.ts'
import { causes } from './causes.ts'

/** Adds counts to the time that begins at `at`. What is about no connection of ours is left out. */
export async function addMeasures(
  db: Queryable,
  at: Date,
  counted: readonly Counted[],
): Promise<void> {
  await db.run(sql`
    insert into measures as m (tenant_id, kind, subject, at, total, failed, used_percent)
    select min(c.tenant_id), r.kind, c.subject, ${at}::timestamptz, sum(r.total), sum(r.failed), max(r."usedPercent")
    from json_to_recordset(${JSON.stringify(counted)}::json)
      as r (kind text, subject text, "tenantId" text, "isNode" boolean, total integer, failed integer, "usedPercent" real)
    cross join lateral (
      select r."tenantId" as tenant_id, r.subject
      where not r."isNode" and (r."tenantId" is null or exists (select 1 from tenants t where t.id = r."tenantId" and t.erasing_at is null))
      union all (
        select tenant_id, id::text from connections
        where r."isNode" and account_id = r.subject and status in ('active', 'needs_reauth')
        union
        select tenant_id, connection_id::text from grants
        where r."isNode" and page_id = r.subject and status in ('active', 'needs_reauth'))
    ) c
    group by r.kind, c.subject
    order by r.kind, c.subject
    on conflict (kind, subject, at) do update set total = m.total + excluded.total, failed = m.failed + excluded.failed,
      used_percent = greatest(m.used_percent, excluded.used_percent)`)
}

/** Sums of one subject. */
export type Sums = {
  readonly subject: string
  readonly total: number
  readonly failed: number
  /** Of those that failed, since `recent`. */
  readonly failed_lately: number
  readonly used_percent: number
}

/** Of a connection: with whose it is and what it is called. */
export type ConnectionSums = Sums & {
  readonly tenant_id: string
  readonly account: string
  /** Meta apps it is called through: of its live grants. */
  readonly app_ids: readonly string[]
}

/** Since when counts are wanted, and what of them is recent. */
type Times = { readonly since: Date; readonly recent: Date }

/** Connections with access that had failed calls, or whose meters stand at `usedPercent` and more. */
export async function sumConnectionCalls(
  db: Queryable,
  { since, recent }: Times,
  usedPercent: number,
): Promise<ConnectionSums[]> {
  return await db.many<ConnectionSums>(sql`
    select m.*, coalesce('@' || c.username, c.account_id) as account, array(
      select distinct app_id from grants where tenant_id = c.tenant_id and connection_id = c.id and status = 'active') as app_ids
    from (
      select tenant_id, subject, sum(total) as total, sum(failed) as failed, max(used_percent) as used_percent,
        sum(case when at > ${recent} then failed else 0 end) as failed_lately
      from measures where kind = 'calls' and at > ${since} and tenant_id is not null
      group by tenant_id, subject having sum(failed) > 0 or max(used_percent) >= ${usedPercent}
    ) m join connections c on c.tenant_id = m.tenant_id and c.id = m.subject::uuid and c.status = 'active'`)
}

/** What belongs to no tenant, by subject. */
export async function sumOwn(
  db: Queryable,
  kind: MeasureKind,
  { since, recent }: Times,
): Promise<Sums[]> {
  return await db.many<Sums>(sql`
    select subject, sum(total) as total, sum(failed) as failed, max(used_percent) as used_percent,
      sum(case when at > ${recent} then failed else 0 end) as failed_lately
    from measures where kind = ${kind} and at > ${since} and tenant_id is null group by subject`)
}

/** Who had tokens handed out, and the most of any usual hour before. */
export type Readers = {
  readonly tenant_id: string | null
  readonly subject: string
  /** Of a connection. */
  readonly account: string | null
  readonly reads: number
  readonly usual: number
}

/**
 * Connections and keys with at least so many hand-outs since `since`, beside the busiest hour of their days before. What
 * opened an alert, and what came while it was open, is not usual; until it is over, what was usual when it opened stays so.
 */
export async function selectReaders(
  db: Queryable,
  input: { since: Date; historySince: Date; windowMs: number; least: number },
): Promise<Readers[]> {
  const { since, historySince, windowMs, least } = input
  const cause = causes.tokenReads('')
  return await db.many<Readers>(sql`
    with lately as (
      select tenant_id, subject, sum(total) as reads from measures
      where kind = 'token_reads' and at > ${since} group by tenant_id, subject having sum(total) >= ${least}
    ), told as materialized (
      select coalesce(tenant_id, '') as owner, cause, (detail ->> 'usual')::integer as usual, opened_at - make_interval(secs => ${windowMs / 1000}) as since, resolved_at
      from alerts where kind = 'token_reads_unusual' and coalesce(resolved_at, 'infinity') > ${historySince}
    )
    select l.tenant_id, l.subject, coalesce('@' || c.username, c.account_id) as account, l.reads,
      coalesce(o.usual, h.most, 0) as usual
    from lately l
    left join told o on o.owner = coalesce(l.tenant_id, '') and o.cause = ${cause}::text || l.subject and o.resolved_at is null
    left join lateral (
      select max(reads) as most from (
        select sum(total) as reads from measures m
        where m.kind = 'token_reads' and m.subject = l.subject and m.at > ${historySince} and m.at <= ${since}
          and not exists (select 1 from told where owner = coalesce(l.tenant_id, '') and cause = ${cause}::text || l.subject
            and m.at > told.since and m.at < coalesce(resolved_at, 'infinity'))
        group by date_trunc('hour', m.at)
      ) hours
    ) h on true
    left join connections c on l.tenant_id is not null and c.tenant_id = l.tenant_id and c.id::text = l.subject
    where l.tenant_id is null or c.status = 'active'`)
}

export async function deleteMeasures(
  db: Queryable,
  kinds: readonly MeasureKind[],
  before: Date,
): Promise<void> {
  await db.run(sql`delete from measures where kind = any(${[...kinds]}) and at < ${before}`)
}

/** Of a tenant's or a connection's calls and hand-outs. */
export async function deleteOwnedMeasures(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<number> {
  return await db.run(sql`
    delete from measures where tenant_id = ${tenantId}
      and (${connectionId}::text is null or subject = ${connectionId})`)
}

/** One looks at a time: false when somebody else does. Ends with the transaction. */
export async function takeWatch(db: Queryable): Promise<boolean> {
  const row = await db.one<{ taken: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtextextended('parley:watch-measures', 0)) as taken`,
  )
  return row.taken
}
