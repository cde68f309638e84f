import type { Queryable } from '#ports/database.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { deleteAutomations } from './store.ts'

/** Deletes what answers a tenant's connections, or one of them. */
export async function forgetAutomations(db: Queryable, scope: ForgetScope): Promise<Forgotten> {
  return { deleted: await deleteAutomations(db, scope.tenantId, scope.connectionId), next: null }
}
