import type { Page } from '#http/list.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { AlertRow, Trouble } from './schema.ts'

/** @returns the alert when it is new or worse than it was. */
export async function upsertAlert(
  db: Queryable,
  trouble: Trouble,
  input: { id: string; at: Date },
): Promise<{ id: string; is_new: boolean } | undefined> {
  const { tenantId, kind, severity, connectionId, cause, level = 0, detail } = trouble
  return await db.maybe<{ id: string; is_new: boolean }>(sql`
    insert into alerts as a (tenant_id, id, kind, severity, connection_id, cause, level, detail, opened_at, raised_at)
    values (${tenantId}, ${input.id}, ${kind}, ${severity}, ${connectionId}, ${cause}, ${level}, ${JSON.stringify(detail)}::jsonb,
      ${input.at}, ${input.at})
    on conflict (coalesce(tenant_id, ''), cause) where resolved_at is null do update
      set level = excluded.level, severity = excluded.severity, detail = excluded.detail, raised_at = excluded.raised_at
      where a.level < excluded.level
    returning a.id, (a.id = ${input.id}::uuid) as is_new`)
}

export async function closeAlerts(
  db: Queryable,
  input: { tenantId: string | null; causes: readonly string[]; at: Date },
): Promise<{ id: string; tenant_id: string | null }[]> {
  return await db.many<{ id: string; tenant_id: string | null }>(sql`
    update alerts set resolved_at = ${input.at}
    where coalesce(tenant_id, '') = coalesce(${input.tenantId}::text, '') and cause = any(${[...input.causes]}) and resolved_at is null
    returning id, tenant_id`)
}

export async function insertNotice(
  db: Queryable,
  input: {
    tenantId: string | null
    id: string
    alertId: string
    what: 'opened' | 'raised' | 'resolved'
    at: Date
  },
): Promise<void> {
  await db.run(sql`
    insert into notices (tenant_id, id, alert_id, what, state, next_at, created_at)
    values (${input.tenantId}, ${input.id}, ${input.alertId}, ${input.what}, 'queued', ${input.at}, ${input.at})`)
}

/** What nobody was told yet needs no telling any more. @returns whether somebody was told. */
export async function dropUnsent(db: Queryable, alertId: string): Promise<boolean> {
  await db.run(sql`
    update notices set state = 'skipped' where alert_id = ${alertId} and state = 'queued'
      and (lease_until is null or lease_until < clock_timestamp())`)
  const told = await db.one<{ told: boolean }>(
    sql`select exists (select 1 from notices where alert_id = ${alertId} and state <> 'skipped') as told`,
  )
  return told.told
}

export async function selectAlerts(
  db: Queryable,
  input: {
    tenants: readonly string[] | null
    connectionId: string | undefined
    state: 'open' | 'resolved' | undefined
    page: Page
  },
): Promise<AlertRow[]> {
  const { tenants, connectionId, state, page } = input
  return await db.many<AlertRow>(sql`
    select * from alerts
    where (${tenants}::text[] is null or tenant_id = any(${tenants}))
      and (${connectionId ?? null}::uuid is null or connection_id = ${connectionId ?? null})
      and (${state ?? null}::text is null or (resolved_at is null) = (${state ?? null} = 'open'))
      and (${page.after?.at ?? null}::timestamptz is null
        or (opened_at, id) < (${page.after?.at ?? null}::timestamptz, ${page.after?.id ?? null}::uuid))
    order by opened_at desc, id desc limit ${page.limit + 1}`)
}

export async function selectOpen(db: Queryable, kind: string): Promise<AlertRow[]> {
  return await db.many<AlertRow>(
    sql`select * from alerts where resolved_at is null and kind = ${kind}`,
  )
}

/** Causes of a kind that ended after `since`. */
export async function selectEnded(db: Queryable, kind: string, since: Date): Promise<string[]> {
  const rows = await db.many<{ cause: string }>(
    sql`select cause from alerts where kind = ${kind} and resolved_at > ${since}`,
  )
  return rows.map(({ cause }) => cause)
}

/** Their notices go with them. */
export async function deleteAlerts(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<number> {
  return await db.run(sql`
    delete from alerts where tenant_id = ${tenantId}
      and (${connectionId}::uuid is null or connection_id = ${connectionId})`)
}

export type DueNotice = AlertRow & {
  readonly notice_id: string
  readonly what: 'opened' | 'raised' | 'resolved'
  readonly attempts: number
  readonly tenant_name: string | null
  readonly contact_email: string | null
}

/** Mails to write now, leased by the database's clock. */
export async function claimNotices(
  db: Queryable,
  input: { now: Date; limit: number; leaseSeconds: number },
): Promise<DueNotice[]> {
  return await db.many<DueNotice>(sql`
    with due as (
      select id from notices
      where state = 'queued' and next_at <= ${input.now} and (lease_until is null or lease_until < clock_timestamp())
      order by next_at limit ${input.limit} for update skip locked
    ), held as (
      update notices n set lease_until = clock_timestamp() + make_interval(secs => ${input.leaseSeconds}), attempts = n.attempts + 1
      from due where n.id = due.id returning n.*
    )
    select a.*, held.id as notice_id, held.what, held.attempts, t.name as tenant_name, t.contact_email
    from held join alerts a on a.id = held.alert_id left join tenants t on t.id = a.tenant_id`)
}

export async function endNotice(
  db: Queryable,
  id: string,
  end: { state: 'sent' | 'skipped' | 'failed'; at: Date } | { state: 'queued'; at: Date },
): Promise<void> {
  await db.run(sql`
    update notices set state = ${end.state}, lease_until = null,
      sent_at = case when ${end.state} = 'sent' then ${end.at}::timestamptz else sent_at end,
      next_at = case when ${end.state} = 'queued' then ${end.at}::timestamptz else next_at end
    where id = ${id} and state = 'queued'`)
}
