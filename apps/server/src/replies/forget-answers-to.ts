import type { ConversationRow } from '#conversations/schema.ts'
import type { Queryable } from '#ports/database.ts'
import { dropQueued, eraseTurnStates } from './store-forget.ts'

/**
 * What was written to a person who is to be forgotten and did not begin to leave is dropped, and nothing is left of
 * what the automation knew of them at each of its answers. The conversation must be locked.
 */
export async function forgetAnswersTo(db: Queryable, conversation: ConversationRow): Promise<void> {
  await dropQueued(db, conversation, 'replies/overtaken')
  await eraseTurnStates(db, conversation)
}
