import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { PackedBytes } from '#ports/packed-bytes.ts'

/** A decided answer. */
export type NewTurn = {
  readonly id: string
  readonly tenant: string
  readonly connection: string
  readonly conversation: string
  readonly lineEpoch: number
  readonly stopEpoch: number
  /** Messages it answers. */
  readonly lines: readonly string[]
  readonly before: Buffer | null
  readonly after: Buffer | null
  readonly changesState: boolean
  readonly handover: boolean
}

export type NewPart = {
  readonly turn: string
  readonly message: string
  readonly sealed: Buffer
  readonly kind: string
  readonly isFirst: boolean
  /** Leaves in this very commit instead of being queued. */
  readonly departs: boolean
}

/** A turn as a row of JSON. */
export function packTurn<Turn extends NewTurn>(packed: PackedBytes, turn: Turn) {
  const { before, after, ...row } = turn
  const { start: beforeStart, size: beforeSize } = packed.add(before)
  const { start: afterStart, size: afterSize } = packed.add(after)
  return { ...row, beforeStart, beforeSize, afterStart, afterSize }
}

/**
 * Commits any number of decided answers at once: each only if nothing happened in its conversation since it was
 * asked for, and its lane is still `owner`'s under the same fence. With the answer go its lines' waiting, the flow's state, a handover, and the audit line.
 *
 * @returns conversations whose answer stands.
 */
export async function insertTurns(
  db: Queryable,
  turns: readonly (NewTurn & { readonly fence: number })[],
  parts: readonly NewPart[],
  owner: string,
  now: Date,
): Promise<{ conversation: string }[]> {
  const packed = new PackedBytes()
  const turnRows = turns.map((turn) => packTurn(packed, turn))
  const partRows = parts.map(({ sealed, ...part }) => ({ ...part, ...packed.add(sealed) }))
  return await db.many(sql`
    with packed as (
      select ${packed.bytes()}::bytea as bytes
    ), turn as (
      select t.*, substr(bytes, "beforeStart", "beforeSize") as before, substr(bytes, "afterStart", "afterSize") as after
      from packed, json_to_recordset(${JSON.stringify(turnRows)}::json) as t (
        id uuid, tenant text, connection uuid, conversation uuid, "lineEpoch" bigint, "stopEpoch" bigint, lines uuid[],
        "beforeStart" integer, "beforeSize" integer, "afterStart" integer, "afterSize" integer,
        "changesState" boolean, handover boolean, fence bigint)
    ), part as (
      select p.*, substr(bytes, start, size) as sealed, row_number() over () as n
      from packed, json_to_recordset(${JSON.stringify(partRows)}::json) as p (
        turn uuid, message uuid, start integer, size integer, kind text, "isFirst" boolean, departs boolean)
    ), stands as (
      select t.* from (select * from turn order by conversation) t
      cross join lateral (
        select 1 from conversations c
        where c.tenant_id = t.tenant and c.id = t.conversation
          and c.line_epoch = t."lineEpoch" and c.stop_epoch = t."stopEpoch" and c.mode = 'automated'
        for update) held
      cross join lateral (
        select 1 from lanes l
        where l.conversation_id = t.conversation and l.fence = t.fence and l.lease_owner = ${owner}
        for update) leased
    ), turn_made as (
      insert into turns (tenant_id, id, conversation_id, line_epoch, stop_epoch, lines, state, sealed_flow_before, decided_at)
      select tenant, id, conversation, "lineEpoch", "stopEpoch", lines, 'decided', before, ${now}
      from stands
    ), answered as (
      delete from waiting_lines w using stands s where w.conversation_id = s.conversation and w.message_id = any(s.lines)
    ), said as (
      insert into messages (tenant_id, id, connection_id, conversation_id, direction, author, kind, status, at, sealed, turn_id)
      select s.tenant, p.message, s.connection, s.conversation, 'outbound', 'automation', p.kind,
        case when p.departs then 'sending' else 'queued' end, ${now}, p.sealed, s.id
      from part p join stands s on s.id = p.turn order by p.n
    ), queued as (
      insert into outbound_parts (conversation_id, message_id, tenant_id, connection_id, turn_id, is_first, line_epoch, stop_epoch,
        fence, queued_at, attempt_at, next_at)
      select s.conversation, p.message, s.tenant, s.connection, s.id, p."isFirst", s."lineEpoch", s."stopEpoch",
        case when p.departs then s.fence end, ${now}, case when p.departs then ${now}::timestamptz end, ${now}
      from part p join stands s on s.id = p.turn order by p.n
    ), moved as (
      update conversations c set
        sealed_flow_state = case when s."changesState" then s.after else c.sealed_flow_state end,
        mode = case when s.handover then 'human' else c.mode end,
        mode_reason = case when s.handover then 'handover' else c.mode_reason end,
        last_message_at = greatest(c.last_message_at, ${now})
      from stands s where c.tenant_id = s.tenant and c.id = s.conversation and (s."changesState" or s.handover)
    ), audited as (
      insert into audit_log (at, actor, action, tenant_id, subject_id)
      select ${now}, 'automation', case when handover then 'conversation.handed_over' else 'message.decided' end, tenant, conversation
      from stands
    )
    select conversation from stands`)
}

/** Ends a turn whose answer must not go on: what has not begun to leave is dropped. Its lines wait again when nobody has seen any of it. */
export async function dropTurn(
  db: Queryable,
  turn: {
    readonly tenantId: string
    readonly turnId: string
    readonly conversationId: string
    readonly code: string
    /** Nothing of it has left: the lines wait again and the flow returns to where it was. */
    readonly isUnseen: boolean
  },
): Promise<void> {
  const { tenantId, turnId, conversationId, code } = turn
  await db.run(sql`
    with stopped as (
      update messages m set status = 'dropped', error_code = ${code}
      from outbound_parts p
      where p.conversation_id = ${conversationId} and p.turn_id = ${turnId}
        and m.tenant_id = ${tenantId} and m.id = p.message_id and m.status = 'queued'
      returning m.id
    )
    delete from outbound_parts p using stopped
    where p.conversation_id = ${conversationId} and p.message_id = stopped.id`)
  await db.run(sql`
    update turns set state = ${turn.isUnseen ? 'dropped' : 'failed'} where tenant_id = ${tenantId} and id = ${turnId}`)
  if (!turn.isUnseen) return
  await db.run(sql`
    insert into waiting_lines (conversation_id, message_id, tenant_id, at, seq, received_at)
    select m.conversation_id, m.id, m.tenant_id, m.at, m.seq, t.decided_at
    from turns t join messages m on m.tenant_id = t.tenant_id and m.id = any(t.lines)
    where t.tenant_id = ${tenantId} and t.id = ${turnId} and m.deleted_at is null
    on conflict do nothing`)
  await db.run(sql`
    update conversations c set sealed_flow_state = t.sealed_flow_before,
      mode = case when c.mode_reason = 'handover' then 'automated' else c.mode end,
      mode_reason = case when c.mode_reason = 'handover' then null else c.mode_reason end
    from turns t where t.tenant_id = ${tenantId} and t.id = ${turnId} and c.tenant_id = t.tenant_id and c.id = t.conversation_id`)
}
