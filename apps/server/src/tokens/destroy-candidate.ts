import type { Queryable } from '#ports/database.ts'
import { destroyGrant } from './store.ts'

/** Destroys a candidate's token. @returns false when it is no candidate any more. */
export async function destroyCandidate(
  db: Queryable,
  input: { tenantId: string; grantId: string; reason: string },
): Promise<boolean> {
  return (await destroyGrant(db, input)) === 1
}
