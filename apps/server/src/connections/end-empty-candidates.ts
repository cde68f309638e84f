import type { Queryable } from '#ports/database.ts'
import { endEmptyCandidates as update } from './store.ts'

/** A connection whose only candidates were destroyed ends as `disconnected`, reason `candidate_expired`. */
export async function endEmptyCandidates(db: Queryable, at: Date): Promise<number> {
  return await update(db, at)
}
