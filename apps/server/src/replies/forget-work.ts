import type { Queryable } from '#ports/database.ts'
import { FIRST_ID, forgottenOf } from '#tenants/forget-scope.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { deleteBudgets, deleteWork } from './store-forget.ts'

const BATCH_MAX = 500

/** Deletes what waits to be answered or sent, and the lanes that would do it. */
export async function forgetWork(
  db: Queryable,
  scope: ForgetScope,
  from: string | null,
): Promise<Forgotten> {
  if (from === null) await deleteBudgets(db, scope.tenantId, scope.connectionId)
  const walk = { ...scope, after: from ?? FIRST_ID, countMax: BATCH_MAX }
  return forgottenOf(await deleteWork(db, walk), BATCH_MAX)
}
