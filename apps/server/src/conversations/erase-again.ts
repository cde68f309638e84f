import type { Queryable } from '#ports/database.ts'
import { eraseNoted } from './store-forget.ts'

/**
 * Erases the messages that an older copy of the data made readable again, and where the flows of their conversations
 * stood: what was said may be noted there, and is not known any more. An answer to them that did not leave is stopped.
 *
 * @returns the conversations, and how many messages of each.
 */
export async function eraseAgain(
  db: Queryable,
): Promise<{ tenant_id: string; id: string; erased: number }[]> {
  return await eraseNoted(db)
}
