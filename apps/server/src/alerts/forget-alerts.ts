import type { Queryable } from '#ports/database.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { deleteAlerts } from './store.ts'

/** Deletes a tenant's or a connection's alerts, and the mails that were still to be written. */
export async function forgetAlerts(db: Queryable, scope: ForgetScope): Promise<Forgotten> {
  return { deleted: await deleteAlerts(db, scope.tenantId, scope.connectionId), next: null }
}
