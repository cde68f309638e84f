import type { Queryable } from '#ports/database.ts'
import type { ConversationRow } from './schema.ts'
import { lockConversation } from './store-conversations.ts'
import { eraseLateLines, eraseProfile } from './store-forget.ts'

/**
 * Erases what an erased person wrote before a moment and was stored only after it. What they write later stays.
 *
 * @returns how many messages lost their content, with the conversation, locked; undefined when it is gone.
 */
export async function forgetLateLines(
  db: Queryable,
  conversationId: string,
  until: Date,
): Promise<{ conversation: ConversationRow; erased: number } | undefined> {
  const conversation = await lockConversation(db, conversationId)
  if (conversation === undefined) return undefined
  const erased = await eraseLateLines(db, conversation, until)
  if (erased > 0) await eraseProfile(db, conversation)
  return { conversation, erased }
}
