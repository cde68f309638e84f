import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** The conversation an echo belongs to, locked. */
export async function findConversationId(
  db: Queryable,
  whom: { readonly tenantId: string; readonly connectionId: string; readonly igsid: string },
): Promise<string | undefined> {
  const row = await db.maybe<{ id: string }>(sql`
    select id from conversations
    where tenant_id = ${whom.tenantId} and connection_id = ${whom.connectionId} and igsid = ${whom.igsid}
    for update`)
  return row?.id
}

/**
 * A send answer named a mid that was stored as somebody's line in the Instagram app: it is ours. The other row goes,
 * and so does the pause it brought, unless something else happened since.
 */
export async function absorbEcho(
  db: Queryable,
  message: {
    readonly tenantId: string
    readonly connectionId: string
    readonly conversationId: string
    readonly mid: string
  },
): Promise<void> {
  await db.run(sql`
    select 1 from conversations where tenant_id = ${message.tenantId} and id = ${message.conversationId} for update`)
  const gone = await db.run(sql`
    delete from messages where tenant_id = ${message.tenantId} and connection_id = ${message.connectionId}
      and mid = ${message.mid} and (author = 'instagram_app' or kind in ('unsent', 'edited_early'))`)
  if (gone === 0) return
  // The echo stopped what was still to be said of this answer; it was no person.
  await db.run(sql`
    update outbound_parts p set stop_epoch = c.stop_epoch from conversations c
    where p.conversation_id = ${message.conversationId} and c.tenant_id = ${message.tenantId} and c.id = p.conversation_id
      and c.mode_reason = 'instagram_app' and p.stop_epoch = c.stop_epoch - 1`)
  await db.run(sql`
    update conversations set mode = 'automated', mode_reason = null, paused_until = null
    where tenant_id = ${message.tenantId} and id = ${message.conversationId} and mode_reason = 'instagram_app'
      and not exists (
        select 1 from messages m where m.tenant_id = ${message.tenantId} and m.conversation_id = ${message.conversationId}
          and m.author = 'instagram_app' and m.at > conversations.paused_until - interval '12 hours' - interval '1 minute')`)
}
