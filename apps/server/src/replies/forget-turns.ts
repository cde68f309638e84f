import type { Queryable } from '#ports/database.ts'
import { FIRST_ID, forgottenOf } from '#tenants/forget-scope.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { deleteTurns } from './store-forget.ts'

const BATCH_MAX = 1000

/** Deletes decided answers. Conversations must still be there: a turn knows its connection by them. */
export async function forgetTurns(
  db: Queryable,
  scope: ForgetScope,
  from: string | null,
): Promise<Forgotten> {
  const walk = { ...scope, after: from ?? FIRST_ID, countMax: BATCH_MAX }
  return forgottenOf(await deleteTurns(db, walk), BATCH_MAX)
}
