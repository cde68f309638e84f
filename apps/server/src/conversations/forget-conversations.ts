import type { Queryable } from '#ports/database.ts'
import { FIRST_ID, forgottenOf } from '#tenants/forget-scope.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { deleteConversations } from './store-forget.ts'

const BATCH_MAX = 1000

/** Deletes conversations of a tenant or a connection, and with them what the automation noted of each. */
export async function forgetConversations(
  db: Queryable,
  scope: ForgetScope,
  from: string | null,
): Promise<Forgotten> {
  const walk = { ...scope, after: from ?? FIRST_ID, countMax: BATCH_MAX }
  return forgottenOf(await deleteConversations(db, walk), BATCH_MAX)
}
