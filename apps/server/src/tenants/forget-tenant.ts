import type { Queryable } from '#ports/database.ts'
import type { Forgotten } from './forget-scope.ts'
import { deleteTenant } from './store-forget.ts'

/** Deletes the tenant's own record, the last of an erasure. */
export async function forgetTenant(db: Queryable, tenantId: string): Promise<Forgotten> {
  return { deleted: await deleteTenant(db, tenantId), next: null }
}
