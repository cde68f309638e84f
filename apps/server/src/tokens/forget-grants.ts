import type { Queryable } from '#ports/database.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { deleteGrants } from './store-forget.ts'

/** Deletes grants, their sealed tokens with them. */
export async function forgetGrants(db: Queryable, scope: ForgetScope): Promise<Forgotten> {
  return { deleted: await deleteGrants(db, scope.tenantId, scope.connectionId), next: null }
}
