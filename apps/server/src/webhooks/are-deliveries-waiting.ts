import type { Queryable } from '#ports/database.ts'
import { existsStored } from './store-forget.ts'

/**
 * Whether something Meta delivered before a moment is still to be worked. One that keeps failing is given up within half
 * an hour.
 */
export async function areDeliveriesWaiting(db: Queryable, before: Date): Promise<boolean> {
  return await existsStored(db, before)
}
