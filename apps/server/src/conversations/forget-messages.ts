import type { Queryable } from '#ports/database.ts'
import { FIRST_ID, forgottenOf } from '#tenants/forget-scope.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { deleteMessages } from './store-forget.ts'

const BATCH_MAX = 1000

/** Deletes messages of a tenant or a connection, a batch at a time. */
export async function forgetMessages(
  db: Queryable,
  scope: ForgetScope,
  from: string | null,
): Promise<Forgotten> {
  const walk = { ...scope, after: from ?? FIRST_ID, countMax: BATCH_MAX }
  return forgottenOf(await deleteMessages(db, walk), BATCH_MAX)
}
