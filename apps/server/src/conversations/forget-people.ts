import type { Queryable } from '#ports/database.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { deletePeople } from './store-forget.ts'

const BATCH_MAX = 1000

/** Deletes people who wrote to a tenant or a connection. */
export async function forgetPeople(db: Queryable, scope: ForgetScope): Promise<Forgotten> {
  const deleted = await deletePeople(db, scope, BATCH_MAX)
  return { deleted, next: deleted < BATCH_MAX ? null : '' }
}
