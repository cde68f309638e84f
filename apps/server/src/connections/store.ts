import type { ConnectionStatus, SelfTest } from '@parley/contract/connection.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import type { Page } from '#http/list.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { AccountIdentity, ConnectionRow, SubscriptionFacts } from './schema.ts'

export async function insertConnection(
  db: Queryable,
  input: {
    tenantId: string
    id: string
    identity: AccountIdentity
    asked: readonly Capability[]
    at: Date
  },
): Promise<void> {
  const { identity } = input
  await db.run(sql`
    insert into connections (tenant_id, id, account_id, app_scoped_id, status, username, name, picture_url,
      account_type, asked_capabilities, created_at, updated_at)
    values (${input.tenantId}, ${input.id}, ${identity.accountId}, ${identity.appScopedId ?? null}, 'pending',
      ${identity.username ?? null}, ${identity.name ?? null}, ${identity.pictureUrl ?? null},
      ${identity.type ?? null}, ${[...input.asked]}, ${input.at}, ${input.at})
    on conflict (tenant_id, account_id) do nothing`)
}

export async function findByAccount(
  db: Queryable,
  tenantId: string,
  accountId: string,
): Promise<ConnectionRow | undefined> {
  return await db.maybe<ConnectionRow>(
    sql`select * from connections where tenant_id = ${tenantId} and account_id = ${accountId}`,
  )
}

/** @param tenants who may see it; null: everybody. */
export async function findById(
  db: Queryable,
  id: string,
  tenants: readonly string[] | null,
): Promise<ConnectionRow | undefined> {
  return await db.maybe<ConnectionRow>(sql`
    select * from connections
    where id = ${id} and (${tenants}::text[] is null or tenant_id = any(${tenants}))`)
}

export async function lockById(
  db: Queryable,
  tenantId: string,
  id: string,
): Promise<ConnectionRow | undefined> {
  return await db.maybe<ConnectionRow>(
    sql`select * from connections where tenant_id = ${tenantId} and id = ${id} for update`,
  )
}

/** The live connection of an account, whoever's it is. */
export async function findHolder(
  db: Queryable,
  accountId: string,
): Promise<{ tenant_id: string; id: string } | undefined> {
  return await db.maybe<{ tenant_id: string; id: string }>(sql`
    select tenant_id, id from connections
    where account_id = ${accountId} and status in ('active', 'needs_reauth')`)
}

export async function activate(
  db: Queryable,
  input: {
    tenantId: string
    id: string
    identity: AccountIdentity
    asked: readonly Capability[]
    /** Undefined: another grant is in use, its subscription stands. */
    subscription: SubscriptionFacts | undefined
    selfTest: SelfTest
    connectedAt: Date
    at: Date
  },
): Promise<void> {
  const { identity, subscription } = input
  await db.run(sql`
    update connections set status = 'active', reason = null, checked_at = ${input.at},
      app_scoped_id = coalesce(${identity.appScopedId ?? null}, app_scoped_id),
      username = coalesce(${identity.username ?? null}, username),
      name = coalesce(${identity.name ?? null}, name), picture_url = ${identity.pictureUrl ?? null},
      account_type = coalesce(${identity.type ?? null}, account_type), asked_capabilities = ${[...input.asked]},
      self_test = ${JSON.stringify(input.selfTest)}::jsonb, connected_at = ${input.connectedAt},
      updated_at = ${input.at}
    where tenant_id = ${input.tenantId} and id = ${input.id}`)
  if (subscription === undefined) return
  await setSubscription(db, { tenantId: input.tenantId, id: input.id, subscription })
}

export async function setSubscription(
  db: Queryable,
  input: { tenantId: string; id: string; subscription: SubscriptionFacts },
): Promise<void> {
  const { isSubscribed, fields, checkedAt } = input.subscription
  await db.run(sql`
    update connections set webhook_subscribed = ${isSubscribed}, webhook_fields = ${[...fields]},
      webhook_checked_at = ${checkedAt}
    where tenant_id = ${input.tenantId} and id = ${input.id}`)
}

/** What Meta says of the account today. @returns 0 when nothing is new. */
export async function updateProfile(
  db: Queryable,
  input: {
    tenantId: string
    id: string
    profile: Pick<AccountIdentity, 'username' | 'name' | 'pictureUrl' | 'type'>
    at: Date
  },
): Promise<number> {
  const { username, name, pictureUrl, type } = input.profile
  return await db.run(sql`
    update connections set username = coalesce(${username ?? null}, username), name = coalesce(${name ?? null}, name),
      picture_url = ${pictureUrl ?? null}, account_type = coalesce(${type ?? null}, account_type), updated_at = ${input.at}
    where tenant_id = ${input.tenantId} and id = ${input.id}
      and (coalesce(${username ?? null}, username), coalesce(${name ?? null}, name), ${pictureUrl ?? null}::text, coalesce(${type ?? null}, account_type))
        is distinct from (username, name, picture_url, account_type)`)
}

export async function markDisconnected(
  db: Queryable,
  input: { tenantId: string; id: string; reason: string | null; at: Date },
): Promise<void> {
  await db.run(sql`
    update connections set status = 'disconnected', reason = ${input.reason}, webhook_subscribed = false,
      webhook_fields = '{}', webhook_checked_at = null, checked_at = ${input.at}, updated_at = ${input.at}
    where tenant_id = ${input.tenantId} and id = ${input.id}`)
}

/** A connection that never was more than a candidate ends with its last one. */
export async function endEmptyCandidates(db: Queryable, at: Date): Promise<number> {
  return await db.run(sql`
    update connections c set status = 'disconnected', reason = 'candidate_expired', updated_at = ${at}
    where c.status = 'pending' and not exists (
      select 1 from grants g where g.tenant_id = c.tenant_id and g.connection_id = c.id and g.status = 'pending')`)
}

/** The same derivation as `describeConnection`, so that a filter finds what the list shows. */
export async function selectPage(
  db: Queryable,
  input: {
    tenants: readonly string[] | null
    status: ConnectionStatus | undefined
    now: Date
    page: Page
  },
): Promise<ConnectionRow[]> {
  const { tenants, now, page } = input
  const status = input.status ?? null
  const afterAt = page.after?.at ?? null
  const afterId = page.after?.id ?? null
  return await db.many<ConnectionRow>(sql`
    select c.* from connections c
    cross join lateral (
      select max(case when g.status = 'active' and g.sealed_token is not null then case g.expiry
          when 'never' then timestamptz 'infinity'
          when 'known' then g.expires_at
          else coalesce(g.refreshed_at, g.issued_at) + interval '60 days' end end) as ends_at,
        coalesce(bool_or(g.status = 'pending'), false) as has_candidate
      from grants g where g.tenant_id = c.tenant_id and g.connection_id = c.id
    ) f
    where (${tenants}::text[] is null or c.tenant_id = any(${tenants}))
      and (${status}::text is null or ${status} = case
        when c.status = 'needs_reauth' then 'needs_reauth'
        when c.status <> 'active' then case
          when f.has_candidate then 'pending' when c.status = 'pending' then 'disconnected' else c.status end
        when f.ends_at is null or f.ends_at <= ${now}::timestamptz then 'needs_reauth'
        when f.ends_at <= ${now}::timestamptz + interval '14 days' then 'expiring'
        else 'active' end)
      and (${afterAt}::timestamptz is null
        or (c.created_at, c.id) < (${afterAt}::timestamptz, ${afterId}::uuid))
    order by c.created_at desc, c.id desc
    limit ${page.limit + 1}`)
}

export type ResolvedRow = {
  readonly entry_id: string
  readonly tenant_id: string
  readonly connection_id: string
  readonly account_id: string
}

/** The second arm runs only when the first finds nothing: `limit 1` stops the append. */
export async function resolve(db: Queryable, entryIds: readonly string[]): Promise<ResolvedRow[]> {
  return await db.many<ResolvedRow>(sql`
    select w.entry_id, f.tenant_id, f.connection_id, f.account_id
    from unnest(${[...entryIds]}::text[]) as w (entry_id)
    cross join lateral (
      select c.tenant_id, c.id as connection_id, c.account_id
      from connections c
      where c.account_id = w.entry_id and c.status in ('active', 'needs_reauth')
      union all
      select c.tenant_id, c.id, c.account_id
      from grants g join connections c on c.tenant_id = g.tenant_id and c.id = g.connection_id
      where g.page_id = w.entry_id and g.status in ('active', 'needs_reauth')
        and c.status in ('active', 'needs_reauth')
      limit 1
    ) f`)
}

/** Rows in id order and `skip locked`: batches never wait for each other; a skipped mark comes with the next event. */
export async function markEvents(
  db: Queryable,
  input: {
    at: Date
    tenantIds: readonly string[]
    connectionIds: readonly string[]
    hasMessages: readonly boolean[]
  },
): Promise<number> {
  return await db.run(sql`
    with due as (
      select c.tenant_id, c.id, seen.has_message
      from unnest(${[...input.tenantIds]}::text[], ${[...input.connectionIds]}::uuid[], ${[...input.hasMessages]}::boolean[])
        as seen (tenant_id, connection_id, has_message)
      join connections c on c.tenant_id = seen.tenant_id and c.id = seen.connection_id
      where c.last_event_at is null or c.last_event_at < ${input.at}::timestamptz - interval '5 seconds'
        or (seen.has_message
          and (c.last_message_at is null or c.last_message_at < ${input.at}::timestamptz - interval '5 seconds'))
      order by c.tenant_id, c.id
      for update of c skip locked
    )
    update connections c
    set last_event_at = greatest(c.last_event_at, ${input.at}::timestamptz),
      usual_silence = greatest(${input.at}::timestamptz - c.last_event_at,
        c.usual_silence * power(0.5, extract(epoch from ${input.at}::timestamptz - c.last_event_at) / (30 * 86400))),
      last_message_at = case when due.has_message then greatest(c.last_message_at, ${input.at}::timestamptz)
        else c.last_message_at end
    from due where c.tenant_id = due.tenant_id and c.id = due.id`)
}

type Silent = {
  readonly tenant_id: string
  readonly id: string
  readonly username: string | null
  readonly account_id: string
  readonly last_event_at: Date
}

/** Live, subscribed, known for a week, and quiet for a day and for twice as long as ever lately. */
export async function selectSilent(db: Queryable, now: Date, limit: number): Promise<Silent[]> {
  return await db.many<Silent>(sql`
    select tenant_id, id, username, account_id, last_event_at from connections
    where status = 'active' and webhook_subscribed and connected_at < ${now}::timestamptz - interval '7 days'
      and usual_silence is not null and last_event_at < ${now}::timestamptz - greatest(interval '1 day', 2 * usual_silence)
      and not exists (select 1 from alerts a
        where a.resolved_at is null and a.tenant_id = connections.tenant_id and a.cause = 'silent:' || connections.id)
    limit ${limit}`)
}

/** Of these, whom Meta has talked to since. */
export async function selectHeardSince(
  db: Queryable,
  since: readonly { readonly connectionId: string; readonly at: Date }[],
): Promise<{ tenant_id: string; id: string }[]> {
  return await db.many<{ tenant_id: string; id: string }>(sql`
    select c.tenant_id, c.id
    from unnest(${since.map((one) => one.connectionId)}::uuid[], ${since.map((one) => one.at)}::timestamptz[]) as s (id, at)
    join connections c on c.id = s.id where c.last_event_at > s.at`)
}

export async function deleteEmpty(db: Queryable, tenantId: string, id: string): Promise<void> {
  await db.run(sql`
    delete from connections c
    where c.tenant_id = ${tenantId} and c.id = ${id} and c.status = 'pending' and c.connected_at is null
      and not exists (select 1 from grants g where g.tenant_id = c.tenant_id and g.connection_id = c.id)`)
}
