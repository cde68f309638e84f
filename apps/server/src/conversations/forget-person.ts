import type { Queryable } from '#ports/database.ts'
import type { ConversationRow } from './schema.ts'
import { eraseProfile, eraseThread } from './store-forget.ts'

/**
 * Erases what one person wrote and was written, and who they are. Ids stay as tombstones: a late copy of an erased
 * line is not stored again. The conversation must be locked.
 *
 * @returns how many messages lost their content.
 */
export async function forgetPerson(
  db: Queryable,
  conversation: ConversationRow,
  at: Date,
): Promise<number> {
  await eraseProfile(db, conversation)
  return await eraseThread(db, conversation, at)
}
