import type { Queryable } from '#ports/database.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { deleteConnections } from './store-forget.ts'

/** Deletes the records of connections: the last of them, everything else is found by it. */
export async function forgetConnections(db: Queryable, scope: ForgetScope): Promise<Forgotten> {
  return { deleted: await deleteConnections(db, scope.tenantId, scope.connectionId), next: null }
}
