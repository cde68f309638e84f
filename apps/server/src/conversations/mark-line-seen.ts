import type { Queryable } from '#ports/database.ts'
import type { ConnectionKey } from './schema.ts'
import { markSeen } from './store-messages.ts'

/** The person has read up to this line. Returns the conversation when that was news. */
export async function markLineSeen(
  db: Queryable,
  seen: ConnectionKey & { readonly mid: string; readonly atMs: number },
): Promise<string | undefined> {
  return await markSeen(db, seen, new Date(seen.atMs))
}
