import type { Queryable } from '#ports/database.ts'
import { unparkLane } from './store-lanes.ts'

/** Lets a parked conversation's lane run again, from a clean record. */
export async function unparkConversation(db: Queryable, conversationId: string): Promise<void> {
  await unparkLane(db, conversationId)
}
