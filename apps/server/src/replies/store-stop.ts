import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { Lane } from './schema.ts'
import type { MessageNature } from './store-parts.ts'

/** The conversation's epochs beside those a queued message was written under; locks the conversation. */
export async function lockEpochs(
  db: Queryable,
  lane: Pick<Lane, 'tenantId' | 'conversationId'>,
  messageId: string,
): Promise<
  | {
      mode: string
      mode_reason: string | null
      line_epoch: number
      stop_epoch: number
      part_line_epoch: number | null
      part_stop_epoch: number | null
      window_opened_at: Date | null
    }
  | undefined
> {
  return await db.maybe(sql`
    select c.mode, c.mode_reason, c.line_epoch, c.stop_epoch, c.window_opened_at,
      p.line_epoch as part_line_epoch, p.stop_epoch as part_stop_epoch
    from conversations c join outbound_parts p on p.conversation_id = c.id and p.message_id = ${messageId}
    where c.tenant_id = ${lane.tenantId} and c.id = ${lane.conversationId} for update of c`)
}

/** Whose a conversation is and until when it may be answered; locks it. */
export async function lockWindow(
  db: Queryable,
  lane: Pick<Lane, 'tenantId' | 'conversationId'>,
): Promise<{ mode: string; windowOpenedAtMs: number | null }> {
  const row = await db.one<{ mode: string; window_opened_at: Date | null }>(sql`
    select mode, window_opened_at from conversations
    where tenant_id = ${lane.tenantId} and id = ${lane.conversationId} for update`)
  return { mode: row.mode, windowOpenedAtMs: row.window_opened_at?.getTime() ?? null }
}

/** Answers of the automation in this conversation of which something has not begun to leave. */
export async function findQueuedTurns(
  db: Queryable,
  conversation: { readonly tenant_id: string; readonly id: string },
): Promise<{ turn_id: string }[]> {
  return await db.many(sql`
    select distinct p.turn_id from outbound_parts p
    join messages m on m.tenant_id = p.tenant_id and m.id = p.message_id
    where p.conversation_id = ${conversation.id} and p.turn_id is not null and m.status = 'queued'`)
}

/** A newer line made an answer vain. After a few times the answer goes out all the same. */
export async function countDrop(db: Queryable, conversationId: string): Promise<void> {
  await db.run(sql`update lanes set drops = drops + 1 where conversation_id = ${conversationId}`)
}

/** Undefined when the message was settled before. */
export async function failParts(
  db: Queryable,
  lane: Pick<Lane, 'tenantId' | 'conversationId'>,
  failed: { readonly messageId: string; readonly code: string },
): Promise<MessageNature | undefined> {
  const nature = await db.maybe<MessageNature>(sql`
    update messages set status = 'failed', error_code = ${failed.code}
    where tenant_id = ${lane.tenantId} and id = ${failed.messageId} and status in ('queued', 'sending', 'unknown')
    returning author, kind`)
  await db.run(sql`
    delete from outbound_parts where conversation_id = ${lane.conversationId} and message_id = ${failed.messageId}`)
  return nature
}
