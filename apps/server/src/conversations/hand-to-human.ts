import type { Queryable } from '#ports/database.ts'
import { setMode } from './store-conversations.ts'

/**
 * The automation cannot go on: a person gets the conversation, with the code that says why. The conversation must be
 * locked.
 */
export async function handToHuman(
  db: Queryable,
  conversationId: string,
  reason: string,
): Promise<void> {
  await setMode(db, conversationId, 'human', reason, null)
}
