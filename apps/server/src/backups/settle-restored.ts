import type { Queryable } from '#ports/database.ts'
import { doubtUnderWay, dropLeases, dropSignInLinks, wakeLanes } from './store-settle.ts'

/**
 * What the instance that was backed up had in its hands, as after a crash of all of it: leases fall, and what was on its
 * way to Meta, or waited to be sent, is looked for there before it is sent: it may have left since.
 *
 * A sign-in link that was used since would be unused again.
 */
export async function settleRestored(db: Queryable, takenAt: Date): Promise<void> {
  await dropLeases(db)
  await doubtUnderWay(db, takenAt)
  await wakeLanes(db)
  await dropSignInLinks(db)
}
