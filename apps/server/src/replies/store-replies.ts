import type { MessageRow } from '#conversations/schema.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** Writes a reply's messages and the parts that carry them, in order. */
export async function insertReply(
  db: Queryable,
  reply: {
    readonly conversation: {
      readonly tenant_id: string
      readonly id: string
      readonly connection_id: string
    }
    readonly author: 'operator' | 'host'
    readonly humanAgent: boolean
    readonly rows: readonly { readonly id: string; readonly sealed: Buffer }[]
    readonly now: Date
  },
): Promise<MessageRow[]> {
  const { conversation, author, humanAgent, rows, now } = reply
  const { tenant_id: tenantId, id: conversationId, connection_id: connectionId } = conversation
  await db.run(sql`
    update conversations set last_message_at = greatest(last_message_at, ${now}) where tenant_id = ${tenantId} and id = ${conversationId}`)
  return await db.many<MessageRow>(sql`
    with row as (
      select r.id, r.sealed, r.n from unnest(${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.sealed)}::bytea[])
        with ordinality as r (id, sealed, n)
    ), part as (
      insert into outbound_parts (conversation_id, message_id, tenant_id, connection_id, is_first, human_agent, queued_at, next_at)
      select ${conversationId}, id, ${tenantId}, ${connectionId}, false, ${humanAgent}, ${now}, ${now} from row order by n
    )
    insert into messages (tenant_id, id, connection_id, conversation_id, direction, author, kind, status, at, sealed)
    select ${tenantId}, id, ${connectionId}, ${conversationId}, 'outbound', ${author}, 'text', 'queued', ${now}, sealed from row order by n
    returning *`)
}
