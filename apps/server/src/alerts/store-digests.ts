import type { WeeklyTime } from '#alert-settings.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** The last time of the week that has passed, on the clocks of a time zone. */
export async function findLastTime(
  db: Queryable,
  input: { now: Date; time: WeeklyTime; timezone: string },
): Promise<Date> {
  const { now, time, timezone } = input
  const row = await db.one<{ last: Date }>(sql`
    with this_week as (
      select date_trunc('week', ${now}::timestamptz at time zone ${timezone})
        + make_interval(days => ${time.day}, mins => ${time.minute}) as at
    )
    select (case when at at time zone ${timezone} <= ${now}::timestamptz then at else at - interval '7 days' end)
      at time zone ${timezone} as last
    from this_week`)
  return row.last
}

/** One for the installation, and for each tenant with an address and a connection. Once, whoever does it how often. */
export async function insertDigests(
  db: Queryable,
  input: { until: Date; forOwners: boolean; forTenants: boolean },
): Promise<void> {
  const { until, forOwners, forTenants } = input
  await db.run(sql`
    insert into digests (tenant_id, id, until, state, next_at)
    select tenant_id, gen_random_uuid(), ${until}, 'queued', ${until} from (
      select null as tenant_id where ${forOwners}
      union all
      select t.id from tenants t
      where ${forTenants} and t.contact_email is not null and t.erasing_at is null and t.created_at < ${until}
        and exists (select 1 from connections c where c.tenant_id = t.id and c.connected_at is not null
          and c.status <> 'disconnected')
    ) wanted
    where not exists (select 1 from digests d where d.until = ${until})
    on conflict do nothing`)
}

export type DueDigest = {
  readonly id: string
  readonly tenant_id: string | null
  readonly tenant_name: string | null
  readonly contact_email: string | null
  readonly until: Date
  readonly attempts: number
}

/** Digests to write now, leased by the database's clock. */
export async function claimDigests(
  db: Queryable,
  input: { now: Date; limit: number; leaseSeconds: number },
): Promise<DueDigest[]> {
  return await db.many<DueDigest>(sql`
    with due as (
      select id from digests
      where state = 'queued' and next_at <= ${input.now} and (lease_until is null or lease_until < clock_timestamp())
      order by next_at limit ${input.limit} for update skip locked
    ), held as (
      update digests d set lease_until = clock_timestamp() + make_interval(secs => ${input.leaseSeconds}), attempts = d.attempts + 1
      from due where d.id = due.id returning d.*
    )
    select held.id, held.tenant_id, held.until, held.attempts, t.name as tenant_name, t.contact_email
    from held left join tenants t on t.id = held.tenant_id and t.erasing_at is null`)
}

export async function endDigest(
  db: Queryable,
  id: string,
  end: { state: 'sent' | 'skipped' | 'failed' | 'queued'; at: Date },
): Promise<void> {
  await db.run(sql`
    update digests set state = ${end.state}, lease_until = null,
      sent_at = case when ${end.state} = 'sent' then ${end.at}::timestamptz end,
      next_at = case when ${end.state} = 'queued' then ${end.at}::timestamptz else next_at end
    where id = ${id} and state = 'queued'`)
}

export async function deleteOldDigests(db: Queryable, before: Date): Promise<void> {
  await db.run(sql`delete from digests where until < ${before}`)
}

export async function deleteDigests(db: Queryable, tenantId: string): Promise<number> {
  return await db.run(sql`delete from digests where tenant_id = ${tenantId}`)
}
