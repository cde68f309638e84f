import type { Automation } from '@parley/contract/automation.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { PackedBytes } from '#ports/packed-bytes.ts'
import type { Lane } from './schema.ts'
import { packTurn } from './store-turns.ts'
import type { NewPart, NewTurn } from './store-turns.ts'

/** A conversation in which nothing is under way and nothing waits. */
export type IdleConversation = {
  readonly id: string
  readonly igsid: string
  readonly stop_epoch: number
  readonly line_epoch: number
  readonly window_opened_at: Date | null
  readonly sealed_flow_state: Buffer | null
  /** Whatever it says: that it answers at once may have changed. */
  readonly automation: Automation
  readonly name: string | null
  readonly username: string | null
  /** Of its lane's last holder. */
  readonly fence: number
}

/**
 * Those of these conversations a new line may be answered in at once: the automation has them, and neither an answer nor a
 * line nor their lane waits for anything. The conversations must be locked, by an earlier statement: without that lock
 * nobody makes one busy that is idle here.
 *
 * Each table is reached by key in a subquery of its own: those that are nearly empty would be read whole, dead rows and all.
 */
export async function findIdleConversations(
  db: Queryable,
  ids: readonly string[],
): Promise<IdleConversation[]> {
  return await db.many<IdleConversation>(sql`
    select c.id, c.igsid, c.stop_epoch, c.line_epoch, c.window_opened_at, c.sealed_flow_state, a.body as automation,
      p.name, p.username, coalesce(l.fence, 0) as fence
    from unnest(${ids}::uuid[]) as wanted (id)
    cross join lateral (select * from conversations where id = wanted.id offset 0) c
    cross join lateral (
      select body from automations where tenant_id = c.tenant_id and connection_id = c.connection_id offset 0) a
    left join lateral (
      select name, username from people
      where tenant_id = c.tenant_id and connection_id = c.connection_id and igsid = c.igsid offset 0) p on true
    left join lateral (
      select fence, ready_at is null and lease_owner is null and parked is null as is_free from lanes
      where conversation_id = c.id offset 0) l on true
    left join lateral (select true as is_open from outbound_parts where conversation_id = c.id limit 1) o on true
    left join lateral (select true as is_waiting from waiting_lines where conversation_id = c.id limit 1) w on true
    where c.mode = 'automated' and l.is_free is not false and o.is_open is null and w.is_waiting is null`)
}

/** Those of these connections whose lines need not wait for more of them. */
export async function findPromptConnections(
  db: Queryable,
  connections: readonly { readonly tenantId: string; readonly connectionId: string }[],
): Promise<string[]> {
  const rows = await db.many<{ id: string }>(sql`
    select wanted.id
    from unnest(${connections.map((one) => one.tenantId)}::text[], ${connections.map((one) => one.connectionId)}::uuid[]) as wanted (tenant_id, id)
    cross join lateral (
      select body from automations where tenant_id = wanted.tenant_id and connection_id = wanted.id offset 0) a
    where a.body ->> 'responder' = 'flow' and (a.body ->> 'quietMs')::integer = 0`)
  return rows.map((row) => row.id)
}

/** A decided answer, with what its lines mean for the conversation. */
export type NewAnswer = NewTurn & {
  /** What it takes its lane with; somebody else has it when it is another one by then. */
  readonly fence: number
  /** Meta's time of the newest line, Unix ms; and of the newest that opens the window. */
  readonly newest: number
  readonly opened: number | null
  /** What it says, if anything. */
  readonly parts: readonly AnswerPart[]
}
type AnswerPart = Pick<NewPart, 'message' | 'sealed' | 'kind'>

/**
 * Writes answers in the transaction that stored their lines and found their conversations idle: turns, messages with the
 * first of each as `sending`, the flow's state, what the lines mean for the conversation, the audit line; and takes the
 * lanes. A lane taken so is not `ready`, so that no index hears of it: should its holder die, its open message is found
 * (`rouseForsaken`). The commit waits for the disk: a call follows.
 *
 * @returns the lanes of those that say something.
 */
export async function insertAnswers(
  db: Queryable,
  answers: readonly NewAnswer[],
  owner: string,
  now: Date,
): Promise<Lane[]> {
  const { turns, more, bytes } = pack(answers)
  return await db.many<Lane>(sql`
    with packed as (
      select ${bytes}::bytea as bytes
    ), turn as (
      select * from json_to_recordset(${JSON.stringify(turns)}::json) as t (
        id uuid, tenant text, connection uuid, conversation uuid, "lineEpoch" bigint, "stopEpoch" bigint, fence bigint, lines uuid[],
        "beforeStart" integer, "beforeSize" integer, "afterStart" integer, "afterSize" integer,
        "changesState" boolean, handover boolean, newest double precision, opened double precision,
        message uuid, kind text, start integer, size integer)
    ), part as (
      select id, tenant, connection, conversation, "lineEpoch", "stopEpoch", fence, message, kind, start, size, true as is_first
      from turn where message is not null
      union all
      select *, false from json_to_recordset(${JSON.stringify(more)}::json) as m (
        id uuid, tenant text, connection uuid, conversation uuid, "lineEpoch" bigint, "stopEpoch" bigint, fence bigint,
        message uuid, kind text, start integer, size integer)
    ), lane as (
      insert into lanes as l (conversation_id, tenant_id, connection_id, lease_owner, fence)
      select conversation, tenant, connection, ${owner}, fence from turn
      where message is not null order by conversation
      on conflict (conversation_id) do update set lease_owner = excluded.lease_owner, fence = excluded.fence
        where l.ready_at is null and l.lease_owner is null and l.parked is null and l.fence = excluded.fence - 1
      returning l.conversation_id, l.tenant_id, l.connection_id, l.wanted, l.fence, l.failures, l.drops
    ), turn_made as (
      insert into turns (tenant_id, id, conversation_id, line_epoch, stop_epoch, lines, state, sealed_flow_before, decided_at)
      select tenant, id, conversation, "lineEpoch", "stopEpoch", lines, 'decided', substr(bytes, "beforeStart", "beforeSize"), ${now}
      from turn, packed
    ), said as (
      insert into messages (tenant_id, id, connection_id, conversation_id, direction, author, kind, status, at, sealed, turn_id)
      select tenant, message, connection, conversation, 'outbound', 'automation', kind,
        case when is_first then 'sending' else 'queued' end, ${now}, substr(bytes, start, size), id
      from part, packed
    ), queued as (
      insert into outbound_parts (conversation_id, message_id, tenant_id, connection_id, turn_id, is_first, line_epoch, stop_epoch,
        fence, queued_at, attempt_at, next_at)
      select conversation, message, tenant, connection, id, is_first, "lineEpoch", "stopEpoch",
        case when is_first then fence end, ${now}, case when is_first then ${now}::timestamptz end, ${now}
      from part
    ), moved as (
      update conversations c set
        line_epoch = t."lineEpoch",
        window_opened_at = greatest(c.window_opened_at, to_timestamp(t.opened / 1000)),
        sealed_flow_state = case when t."changesState"
          then substr((select bytes from packed), t."afterStart", t."afterSize") else c.sealed_flow_state end,
        mode = case when t.handover then 'human' else c.mode end,
        mode_reason = case when t.handover then 'handover' else c.mode_reason end,
        last_message_at = greatest(
          case when to_timestamp(t.newest / 1000) < c.last_message_at + interval '15 seconds' then c.last_message_at
            else to_timestamp(t.newest / 1000) end,
          case when t."changesState" or t.handover then ${now}::timestamptz end)
      from turn t where c.tenant_id = t.tenant and c.id = t.conversation
    ), audited as (
      insert into audit_log (at, actor, action, tenant_id, subject_id)
      select ${now}, 'automation', case when handover then 'conversation.handed_over' else 'message.decided' end, tenant, conversation
      from turn
    )
    select conversation_id as "conversationId", tenant_id as "tenantId", connection_id as "connectionId", wanted, fence, failures, drops
    from lane cross join (select set_config('synchronous_commit', 'on', true) offset 0) durable`)
}

/** Each answer as one row with its first message, and a row for each further one. */
function pack(answers: readonly NewAnswer[]) {
  const packed = new PackedBytes()
  const packPart = ({ message, sealed, kind }: AnswerPart) => ({
    message,
    kind,
    ...packed.add(sealed),
  })
  const turns = answers.map(({ parts: [first], ...answer }) => ({
    ...packTurn(packed, answer),
    ...(first === undefined ? {} : packPart(first)),
  }))
  const more = answers.flatMap(({ parts, ...answer }) => {
    const { id, tenant, connection, conversation, lineEpoch, stopEpoch, fence } = answer
    const of = { id, tenant, connection, conversation, lineEpoch, stopEpoch, fence }
    return parts.slice(1).map((part) => ({ ...of, ...packPart(part) }))
  })
  return { turns, more, bytes: packed.bytes() }
}
