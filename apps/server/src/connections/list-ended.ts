import type { Queryable } from '#ports/database.ts'
import type { EndedConnection } from './schema.ts'
import { selectEnded } from './store-forget.ts'

/** Connections that are over, and were changed after `since`: an older row may have been overtaken elsewhere. */
export async function listEnded(db: Queryable, since: Date): Promise<EndedConnection[]> {
  return await selectEnded(db, since)
}
