import type { Queryable } from '#ports/database.ts'
import type { ForgetScope } from '#tenants/forget-scope.ts'
import { findOwnIds as select } from './store-forget.ts'

/** Which of these ids are messages or conversations of a tenant, a connection or a conversation. */
export async function findOwnIds(
  db: Queryable,
  scope: ForgetScope,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  return new Set((await select(db, scope, ids)).map(({ id }) => id))
}
