import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type DepartingPart = {
  readonly tenant: string
  readonly conversation: string
  readonly message: string
  readonly fence: number
  /** Too old or too often dropped: a newer line does not stop it any more. */
  readonly keeps: boolean
  readonly windowMs: number
}

/**
 * Marks queued messages as `sending`, each only if its lane is still `owner`'s and it may still be said: nothing stopped
 * it, no newer line overtook the first part of an answer, the window is open. Committed before any call.
 *
 * @returns the messages that may leave.
 */
export async function markSending(
  db: Queryable,
  parts: readonly DepartingPart[],
  owner: string,
  now: Date,
): Promise<{ message: string }[]> {
  return await db.many(sql`
    with wanted as (
      select * from json_to_recordset(${JSON.stringify(parts)}::json) as w (
        tenant text, conversation uuid, message uuid, fence bigint, keeps boolean, "windowMs" double precision)
    ), held as (
      select c.*, w.* from (select * from wanted order by conversation) w
      cross join lateral (
        select id, line_epoch, stop_epoch, window_opened_at from conversations
        where tenant_id = w.tenant and id = w.conversation for update) c
      cross join lateral (
        select 1 from lanes l
        where l.conversation_id = w.conversation and l.fence = w.fence and l.lease_owner = ${owner} for update) leased
    ), allowed as (
      update outbound_parts p set attempt_at = ${now}, fence = h.fence
      from held h
      where p.conversation_id = h.id and p.message_id = h.message
        and (p.stop_epoch is null or p.stop_epoch = h.stop_epoch)
        and (not p.is_first or p.line_epoch is null or p.line_epoch = h.line_epoch or h.keeps)
        and h.window_opened_at + h."windowMs" * interval '1 millisecond' > ${now}
      returning p.tenant_id, p.message_id
    )
    update messages m set status = 'sending' from allowed a
    where m.tenant_id = a.tenant_id and m.id = a.message_id and m.status = 'queued'
    returning m.id as message`)
}

type FreedLane = { readonly message: null; readonly ready: boolean | null }
/** A message that is sent or failed now, and was not before. */
export type SettledMessage = { readonly message: string } & MessageNature
/** What the host is told of a message besides its ids. */
export type MessageNature = { readonly author: string; readonly kind: string }

/** What became of a send, in the form the update takes. */
export type ResultRow = {
  readonly tenant: string
  readonly connection: string
  readonly conversation: string
  readonly message: string
  readonly status: 'sent' | 'unknown' | 'queued' | 'failed'
  readonly mid: string | null
  readonly code: string | null
  /** `queued` only: the next try. */
  readonly nextAt: number | null
  readonly triesMore: number
  readonly fence: number
  readonly wanted: number
  /** The lane's next look when nothing more is wanted; after `sent` the statement sees for itself. */
  readonly laneNextMs: number | null
}

/**
 * Writes results and gives the lanes back, all in one statement. A fact (`sent`, `failed`, `unknown`) is written
 * whoever learned it, as long as the message is not settled; going back to `queued` needs the fence, for another
 * holder may be sending it by now.
 *
 * @param tellsSettled whether the messages that are settled now are wanted too.
 * @returns for each lane given back whether it is ready again already; and for each settled message what it is.
 *
 * `open` comes with the rows instead of standing in the condition: few messages are open, and a planner that knows so
 * would look through all messages for them. `any (array[…])` keeps it from reading all parts, few as they are, for each result.
 */
export async function recordResults(
  db: Queryable,
  results: readonly ResultRow[],
  tellsSettled = false,
): Promise<(FreedLane | SettledMessage)[]> {
  return await db.many(sql`
    with result as (
      select * from json_to_recordset(${JSON.stringify(results)}::json) as r (
        tenant text, conversation uuid, message uuid, status text, mid text, code text, "nextAt" double precision,
        "triesMore" smallint, fence bigint, wanted bigint, "laneNextMs" double precision)
    ), held as (
      select r.*, p.fence as part_fence, array['sending', 'unknown'] as open from (select * from result order by conversation) r
      cross join lateral (
        select id from conversations where tenant_id = r.tenant and id = r.conversation for update) c
      left join lateral (
        select fence from outbound_parts where conversation_id = r.conversation and message_id = r.message offset 0) p on true
    ), settled as (
      update messages m set status = h.status, mid = coalesce(m.mid, h.mid), error_code = h.code
      from held h
      where m.tenant_id = h.tenant and m.id = h.message and m.status = any(h.open)
        and (h.status <> 'queued' or h.part_fence = h.fence)
      returning m.id, h.conversation, h.status, h."nextAt", h."triesMore", m.author, m.kind
    ), gone as (
      delete from outbound_parts p using settled s
      where p.conversation_id = any (array[s.conversation]) and p.message_id = s.id and s.status in ('sent', 'failed')
    ), later as (
      update outbound_parts p set tries = p.tries + s."triesMore", next_at = coalesce(to_timestamp(s."nextAt" / 1000), p.next_at)
      from settled s
      where p.conversation_id = any (array[s.conversation]) and p.message_id = s.id and s.status in ('queued', 'unknown')
    ), freed as (
      update lanes l set lease_owner = null, failures = 0, drops = case when h.status = 'sent' then 0 else l.drops end,
        ready_at = case
          when l.wanted <> h.wanted then clock_timestamp()
          when h.status <> 'sent' then clock_timestamp() + h."laneNextMs" * interval '1 millisecond'
          when exists (select 1 from outbound_parts p where p.conversation_id = h.conversation and p.message_id <> h.message)
            or exists (select 1 from waiting_lines w where w.conversation_id = h.conversation) then clock_timestamp()
        end
      from held h where l.conversation_id = h.conversation and l.fence = h.fence
      returning l.ready_at <= clock_timestamp() as ready
    )
    select ready, null as message, null as author, null as kind from freed
    union all
    select null, id, author, kind from settled where ${tellsSettled} and status in ('sent', 'failed')`)
}

/** Marks a send another worker began as `unknown`: it may or may not have left. */
export async function markDoubtful(
  db: Queryable,
  messages: readonly { readonly tenantId: string; readonly messageId: string }[],
): Promise<void> {
  await db.run(sql`
    update messages m set status = 'unknown'
    from unnest(${messages.map((one) => one.tenantId)}::text[], ${messages.map((one) => one.messageId)}::uuid[]) as d (tenant_id, id)
    where m.tenant_id = d.tenant_id and m.id = d.id and m.status = 'sending'`)
}

/** What a settling worker must still hold: its lane, and the attempt it looked for. */
export type Held = {
  readonly tenantId: string
  readonly conversationId: string
  readonly messageId: string
  readonly fence: number
  readonly owner: string
}

/** A read of the conversation did not show the message. */
export async function noteAbsence(
  db: Queryable,
  held: Held,
  absence: { readonly at: Date; readonly counts: boolean; readonly nextAt: Date },
): Promise<void> {
  await db.run(sql`
    with leased as (
      select conversation_id from lanes
      where conversation_id = ${held.conversationId} and fence = ${held.fence} and lease_owner = ${held.owner} for update
    )
    update outbound_parts p set absent_reads = p.absent_reads + ${absence.counts ? 1 : 0},
      first_absent_at = case when ${absence.counts} then coalesce(p.first_absent_at, ${absence.at}) else p.first_absent_at end,
      next_at = ${absence.nextAt}
    from leased where p.conversation_id = leased.conversation_id and p.message_id = ${held.messageId}`)
}

/** Proven absent: it waits to be sent again, as a new attempt. */
export async function queueAgain(db: Queryable, held: Held, now: Date): Promise<void> {
  await db.run(sql`
    with leased as (
      select conversation_id from lanes
      where conversation_id = ${held.conversationId} and fence = ${held.fence} and lease_owner = ${held.owner} for update
    ), again as (
      update messages set status = 'queued' from leased
      where tenant_id = ${held.tenantId} and id = ${held.messageId} and status = 'unknown' returning id
    )
    update outbound_parts p set next_at = ${now}, tries = p.tries + 1, absent_reads = 0, first_absent_at = null, attempt_at = null
    from again where p.conversation_id = ${held.conversationId} and p.message_id = again.id`)
}

/** Messages of a conversation that are under way, or were tried before, oldest first. */
export async function findUnderWay(
  db: Queryable,
  conversationId: string,
): Promise<
  {
    message_id: string
    status: 'sending' | 'unknown' | 'queued'
    kind: string
    sealed: Buffer | null
  }[]
> {
  return await db.many(sql`
    select p.message_id, m.status, m.kind, m.sealed from outbound_parts p
    join messages m on m.tenant_id = p.tenant_id and m.id = p.message_id
    where p.conversation_id = ${conversationId} and (m.status in ('sending', 'unknown') or p.tries > 0)
    order by p.n`)
}

/** The message is visible at Meta under this mid: a fact, whoever learned it. Undefined when it was settled before. */
export async function settleSent(
  db: Queryable,
  message: {
    readonly tenantId: string
    readonly conversationId: string
    readonly messageId: string
    readonly mid: string
  },
): Promise<MessageNature | undefined> {
  return await db.maybe<MessageNature>(sql`
    with sent as (
      update messages set status = 'sent', mid = ${message.mid}, error_code = null
      where tenant_id = ${message.tenantId} and id = ${message.messageId} and status in ('queued', 'sending', 'unknown')
      returning id, author, kind
    ), gone as (
      delete from outbound_parts p using sent s where p.conversation_id = ${message.conversationId} and p.message_id = s.id
    )
    select author, kind from sent`)
}
