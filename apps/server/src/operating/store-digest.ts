import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** Whose week: of one tenant, or of all (null), from `since` until `until`. */
export type Week = { readonly tenantId: string | null; readonly since: Date; readonly until: Date }

export type Responses = {
  /** Lines people wrote. */
  readonly lines: number
  /** What was sent, by whom. */
  readonly automation: number
  readonly operator: number
  readonly host: number
  readonly instagram_app: number
  /** Messages that were not sent. */
  readonly failed: number
  /** From a person's first unanswered line until the answer was written, which may leave later; null without one. */
  readonly median_seconds: number | null
  readonly p95_seconds: number | null
}

/** What was written and answered. `firstId` and `lastId` bound the messages by the time in their ids. */
export async function readResponses(
  db: Queryable,
  input: { tenantId: string | null; firstId: string; lastId: string },
): Promise<Responses> {
  const { tenantId, firstId, lastId } = input
  return await db.one<Responses>(sql`
    with said as materialized (
      select m.*, sum(case when m.direction = 'outbound' then 1 else 0 end)
        over (partition by m.conversation_id order by m.at, m.seq) as answers
      from tenants t cross join lateral (
        select conversation_id, direction, author, status, at, seq from messages
        where tenant_id = t.id and id >= ${firstId}::uuid and id < ${lastId}::uuid and status in ('received', 'sent')
      ) m where (${tenantId}::text is null or t.id = ${tenantId})
    ), waits as (
      select extract(epoch from a.at - w.since) as seconds
      from (
        select conversation_id, answers, min(at) as since from said where direction = 'inbound' group by conversation_id, answers
      ) w join said a
        on a.conversation_id = w.conversation_id and a.direction = 'outbound' and a.answers = w.answers + 1
    )
    select
      count(*) filter (where direction = 'inbound') as lines,
      count(*) filter (where direction = 'outbound' and author = 'automation') as automation,
      count(*) filter (where direction = 'outbound' and author = 'operator') as operator,
      count(*) filter (where direction = 'outbound' and author = 'host') as host,
      count(*) filter (where direction = 'outbound' and author = 'instagram_app') as instagram_app,
      (select count(*) from tenants t cross join lateral (
        select 1 from messages where tenant_id = t.id and id >= ${firstId}::uuid and id < ${lastId}::uuid and status = 'failed'
      ) m where (${tenantId}::text is null or t.id = ${tenantId})) as failed,
      (select percentile_cont(0.5) within group (order by greatest(seconds, 0)) from waits)::float8 as median_seconds,
      (select percentile_cont(0.95) within group (order by greatest(seconds, 0)) from waits)::float8 as p95_seconds
    from said`)
}

/** Conversations that are a person's, with a line nobody answered. */
export async function countWaiting(db: Queryable, tenantId: string | null): Promise<number> {
  const row = await db.one<{ count: number }>(sql`
    select count(distinct w.conversation_id) as count
    from waiting_lines w join conversations c on c.tenant_id = w.tenant_id and c.id = w.conversation_id
    where c.mode = 'human' and (${tenantId}::text is null or c.tenant_id = ${tenantId})`)
  return row.count
}

export type Troubles = {
  readonly alerts_opened: number
  readonly alerts_open: number
  readonly calls: number
  readonly calls_failed: number
  readonly used_percent: number
  /** Of the whole installation only. */
  readonly webhooks_failed: number
  readonly signatures_wrong: number
}

/** What went wrong. Of the installation: everybody's alerts, the calls of its Meta apps, the fullest meter of all. */
export async function readTroubles(
  db: Queryable,
  { tenantId, since, until }: Week,
): Promise<Troubles> {
  return await db.one<Troubles>(sql`
    with mine as (
      select kind, total, failed, used_percent from measures
      where at >= ${since} and at < ${until} and kind in ('calls', 'webhooks', 'signatures')
        and (tenant_id = ${tenantId} or (${tenantId}::text is null and tenant_id is null))
    ), told as (
      select opened_at, resolved_at from alerts where ${tenantId}::text is null or tenant_id = ${tenantId}
    )
    select
      (select count(*) from told where opened_at >= ${since} and opened_at < ${until}) as alerts_opened,
      (select count(*) from told where resolved_at is null) as alerts_open,
      coalesce(sum(total) filter (where kind = 'calls'), 0) as calls,
      coalesce(sum(failed) filter (where kind = 'calls'), 0) as calls_failed,
      (select coalesce(max(used_percent), 0) from measures where kind = 'calls' and at >= ${since} and at < ${until}
        and (${tenantId}::text is null or tenant_id = ${tenantId})) as used_percent,
      coalesce(sum(failed) filter (where kind = 'webhooks'), 0) as webhooks_failed,
      coalesce(sum(failed) filter (where kind = 'signatures'), 0) as signatures_wrong
    from mine`)
}
