import type { Queryable } from '#ports/database.ts'
import { forgetWaiting } from './store-lanes.ts'

/**
 * A person of the business has answered: what waited for the automation is dealt with. The conversation must be
 * locked.
 */
export async function answeredByPerson(db: Queryable, conversationId: string): Promise<void> {
  await forgetWaiting(db, conversationId)
}
