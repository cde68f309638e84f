import type { Queryable } from '#ports/database.ts'
import type { Forgotten } from '#tenants/forget-scope.ts'
import { deleteTenantAccess } from './store-forget.ts'

/** Ends whatever opened a tenant alone: its keys, its operators' memberships, links for them. */
export async function forgetAccess(db: Queryable, tenantId: string): Promise<Forgotten> {
  return { deleted: await deleteTenantAccess(db, tenantId), next: null }
}
