import type { Automation } from '@parley/contract/automation.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { Lane } from './schema.ts'
import type { NewPart, NewTurn } from './store-turns.ts'

/** A conversation in which nothing is under way and nothing waits. */
export type IdleConversation = {
  readonly id: string
  readonly igsid: string
  readonly stop_epoch: number
  readonly line_epoch: number
  readonly window_opened_at: Date | null
  readonly sealed_flow_state: Buffer | null
  readonly automation: Automation
  readonly name: string | null
  readonly username: string | null
}

/**
 * Those of these conversations a new line may be answered in at once: the automation has them, and neither an answer nor a
 * line nor their lane waits for anything. The conversations must be locked, by an earlier statement: without that lock
 * nobody makes one busy that is idle here.
 */
export async function findIdleConversations(
  db: Queryable,
  ids: readonly string[],
): Promise<IdleConversation[]> {
  return await db.many<IdleConversation>(sql`
    select c.id, c.igsid, c.stop_epoch, c.line_epoch, c.window_opened_at, c.sealed_flow_state, a.body as automation, p.name, p.username
    from unnest(${ids}::uuid[]) as wanted (id)
    cross join lateral (select * from conversations where id = wanted.id offset 0) c
    cross join lateral (
      select body from automations where tenant_id = c.tenant_id and connection_id = c.connection_id offset 0) a
    left join people p on p.tenant_id = c.tenant_id and p.connection_id = c.connection_id and p.igsid = c.igsid
    left join lanes l on l.conversation_id = c.id
    where c.mode = 'automated' and a.body ->> 'responder' = 'flow' and (a.body ->> 'quietMs')::integer = 0
      and l.ready_at is null and l.lease_owner is null and l.parked is null
      and not exists (select 1 from outbound_parts o where o.conversation_id = c.id)
      and not exists (select 1 from waiting_lines w where w.conversation_id = c.id)`)
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
  /** Meta's time of the newest line, Unix ms; and of the newest that opens the window. */
  readonly newest: number
  readonly opened: number | null
}

/**
 * Writes answers in the transaction that stored their lines and found their conversations idle: turns, messages with the
 * first of each as `sending`, the flow's state, what the lines mean for the conversation, the audit line; and takes the
 * lanes. The commit waits for the disk: a call follows.
 *
 * @returns the lanes of those that say something.
 */
export async function insertAnswers(
  db: Queryable,
  answers: readonly NewAnswer[],
  parts: readonly Omit<NewPart, 'departs'>[],
  owner: string,
  now: Date,
): Promise<Lane[]> {
  return await db.many<Lane>(sql`
    with turn as (
      select * from json_to_recordset(${JSON.stringify(answers)}::json) as t (
        id uuid, tenant text, connection uuid, conversation uuid, "lineEpoch" bigint, "stopEpoch" bigint, lines uuid[],
        before text, after text, "changesState" boolean, handover boolean,
        newest double precision, opened double precision)
    ), part as (
      select p.*, row_number() over () as n from json_to_recordset(${JSON.stringify(parts)}::json) as p (
        turn uuid, message uuid, sealed text, kind text, "isFirst" boolean)
    ), lane as (
      insert into lanes as l (conversation_id, tenant_id, connection_id, ready_at, lease_owner, fence)
      select conversation, tenant, connection, clock_timestamp() + interval '5 seconds', ${owner}, 1 from turn
      where id in (select turn from part) order by conversation
      on conflict (conversation_id) do update
        set ready_at = excluded.ready_at, lease_owner = excluded.lease_owner, fence = l.fence + 1
        where l.ready_at is null and l.lease_owner is null and l.parked is null
      returning l.conversation_id, l.tenant_id, l.connection_id, l.wanted, l.fence, l.failures, l.drops
    ), turn_made as (
      insert into turns (tenant_id, id, conversation_id, line_epoch, stop_epoch, lines, state, sealed_flow_before, decided_at)
      select tenant, id, conversation, "lineEpoch", "stopEpoch", lines, 'decided', decode(before, 'base64'), ${now}
      from turn
    ), said as (
      insert into messages (tenant_id, id, connection_id, conversation_id, direction, author, kind, status, at, sealed, turn_id)
      select t.tenant, p.message, t.connection, t.conversation, 'outbound', 'automation', p.kind,
        case when p."isFirst" then 'sending' else 'queued' end, ${now}, decode(p.sealed, 'base64'), t.id
      from part p join turn t on t.id = p.turn order by p.n
    ), queued as (
      insert into outbound_parts (conversation_id, message_id, tenant_id, connection_id, turn_id, is_first, line_epoch, stop_epoch,
        fence, queued_at, attempt_at, next_at)
      select t.conversation, p.message, t.tenant, t.connection, t.id, p."isFirst", t."lineEpoch", t."stopEpoch",
        case when p."isFirst" then l.fence end, ${now}, case when p."isFirst" then ${now}::timestamptz end, ${now}
      from part p join turn t on t.id = p.turn join lane l on l.conversation_id = t.conversation order by p.n
    ), moved as (
      update conversations c set
        line_epoch = t."lineEpoch",
        window_opened_at = greatest(c.window_opened_at, to_timestamp(t.opened / 1000)),
        sealed_flow_state = case when t."changesState" then decode(t.after, 'base64') else c.sealed_flow_state end,
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
