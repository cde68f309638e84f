import type { Queryable } from '#ports/database.ts'
import { lockLanes } from './store-lanes.ts'

/**
 * Locks the lanes of conversations in one order: for a transaction that holds these conversations and is going to wake
 * some of their lanes one by one.
 */
export async function holdLanes(db: Queryable, conversationIds: readonly string[]): Promise<void> {
  await lockLanes(db, conversationIds)
}
