import type { Queryable } from '#ports/database.ts'
import { wakeLane } from './store-lanes.ts'

/** There is work for this conversation. Call it in the transaction that made the work. */
export async function wakeConversation(
  db: Queryable,
  conversation: {
    readonly tenant_id: string
    readonly connection_id: string
    readonly id: string
  },
): Promise<void> {
  await wakeLane(db, {
    tenantId: conversation.tenant_id,
    connectionId: conversation.connection_id,
    conversationId: conversation.id,
  })
}
