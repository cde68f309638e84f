import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** A new line, as its conversation hears of it. */
export type NotedLine = {
  readonly tenant: string
  readonly id: string
  readonly connection: string
  readonly conversation: string
  /** Unix ms. */
  readonly at: number
  readonly seq: number
  readonly answerable: boolean
  readonly opens: boolean
  readonly pauses: boolean
}

/**
 * Writes what new lines mean: each waits for an answer, moves the conversation's epochs and window, and wakes the lane
 * after the quiet time, if anything answers there. What a person of the business writes deals with the lines that
 * waited before it, and pauses the automation, unless somebody has the conversation for good already.
 * The conversations must be locked already.
 */
export async function noteLines(
  db: Queryable,
  lines: readonly NotedLine[],
  now: Date,
  pausedUntil: Date,
): Promise<void> {
  await db.run(sql`
    with line as (
      select l.*, to_timestamp(at_ms / 1000) as at from (
        select tenant, id, connection, conversation, at as at_ms, seq, answerable, opens, pauses
        from json_to_recordset(${JSON.stringify(lines)}::json) as j (
          tenant text, id uuid, connection uuid, conversation uuid, at double precision, seq bigint,
          answerable boolean, opens boolean, pauses boolean)) l
    ), waits as (
      insert into waiting_lines (conversation_id, message_id, tenant_id, at, seq, received_at)
      select conversation, id, tenant, at, seq, ${now} from line where answerable
    ), dealt_with as (
      delete from waiting_lines w using line l
      where l.pauses and w.conversation_id = l.conversation and w.at <= l.at
    ), sum as (
      select tenant, conversation, connection,
        count(*) filter (where answerable) as lines, max(at) filter (where opens) as opened,
        max(at) as newest, bool_or(pauses) as pauses
      from line group by tenant, conversation, connection
    ), moved as (
      update conversations c set
        line_epoch = c.line_epoch + s.lines,
        stop_epoch = c.stop_epoch + case when s.pauses then 1 else 0 end,
        mode = case when s.pauses then 'human' when c.mode = 'closed' and s.lines > 0 then 'automated' else c.mode end,
        mode_reason = case
          when s.pauses and c.mode = 'human' and c.paused_until is null then c.mode_reason
          when s.pauses then 'instagram_app' when c.mode = 'closed' and s.lines > 0 then null else c.mode_reason end,
        paused_until = case
          when not s.pauses or (c.mode = 'human' and c.paused_until is null) then c.paused_until
          else greatest(c.paused_until, ${pausedUntil}) end,
        window_opened_at = greatest(c.window_opened_at, s.opened),
        last_message_at = case
          when s.newest < c.last_message_at + interval '15 seconds' then c.last_message_at else s.newest end
      from sum s where c.tenant_id = s.tenant and c.id = s.conversation
    )
    insert into lanes (conversation_id, tenant_id, connection_id, wanted, ready_at)
    select s.conversation, s.tenant, s.connection, 1,
      clock_timestamp() + coalesce((a.body ->> 'quietMs')::integer, 0) * interval '1 millisecond'
    from sum s left join automations a on a.tenant_id = s.tenant and a.connection_id = s.connection
    where (s.lines > 0 and a.body ->> 'responder' is not null) or s.pauses
    order by s.conversation
    on conflict (conversation_id) do update
      set wanted = lanes.wanted + 1, ready_at = least(lanes.ready_at, excluded.ready_at)`)
}
