import type { Automation } from '@parley/contract/automation.ts'
import type { ConversationMode } from '#conversations/schema.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { Head } from './schema.ts'

/** More lines than one turn can sensibly read stay for the next. */
export const LINES_PER_TURN_MAX = 100

/** A conversation with what answers it, who it is with, its oldest unsettled message, and the lines that wait. */
export type ConversationFacts = {
  readonly id: string
  readonly igsid: string
  readonly mode: ConversationMode
  readonly line_epoch: number
  readonly stop_epoch: number
  readonly window_opened_at: Date | null
  readonly sealed_flow_state: Buffer | null
  readonly automation: Automation | null
  readonly name: string | null
  readonly username: string | null
  /** Id, Meta's time and ours in Unix ms, what it says in base64. As JSON, because the driver reads arrays slowly. */
  readonly lines: (readonly [string, number, number, string | null])[] | null
} & (HeadRow | { readonly message_id: null })

export type HeadRow = {
  readonly message_id: string
  readonly turn_id: string | null
  readonly is_first: boolean
  readonly part_stop_epoch: number | null
  readonly human_agent: boolean
  readonly fence: number | null
  readonly tries: number
  readonly queued_at: Date
  readonly attempt_at: Date | null
  readonly next_at: Date
  readonly absent_reads: number
  readonly first_absent_at: Date | null
  readonly status: Head['status']
  readonly author: Head['author']
  readonly sealed: Buffer | null
}

/**
 * What lanes need, of one moment: one statement has one snapshot, so the epochs are those of the very lines that are
 * read. Lines stand in the order Meta says they were written.
 */
export async function loadConversations(
  db: Queryable,
  ids: readonly string[],
): Promise<ConversationFacts[]> {
  return await db.many<ConversationFacts>(sql`
    select c.id, c.igsid, c.mode, c.line_epoch, c.stop_epoch, c.window_opened_at, c.sealed_flow_state,
      a.body as automation, p.name, p.username, head.*, line.*
    from unnest(${ids}::uuid[]) as wanted (id)
    cross join lateral (select * from conversations where id = wanted.id offset 0) c
    left join automations a on a.tenant_id = c.tenant_id and a.connection_id = c.connection_id
    left join people p on p.tenant_id = c.tenant_id and p.connection_id = c.connection_id and p.igsid = c.igsid
    left join lateral (
      select o.message_id, o.turn_id, o.is_first, o.stop_epoch as part_stop_epoch, o.human_agent, o.fence, o.tries, o.queued_at,
        o.attempt_at, o.next_at, o.absent_reads, o.first_absent_at, m.status, m.author, m.sealed
      from (select * from outbound_parts where conversation_id = c.id order by n limit 1) o
      join messages m on m.tenant_id = o.tenant_id and m.id = o.message_id) head on true
    left join lateral (
      select json_agg(json_build_array(l.message_id, extract(epoch from l.at) * 1000,
        extract(epoch from l.received_at) * 1000, encode(l.sealed, 'base64')) order by l.at, l.seq) as lines
      from (
        select w.message_id, w.at, w.seq, w.received_at, m.sealed
        from (select * from waiting_lines where conversation_id = c.id order by at, seq limit ${LINES_PER_TURN_MAX}) w
        join messages m on m.tenant_id = w.tenant_id and m.id = w.message_id) l) line on true`)
}
