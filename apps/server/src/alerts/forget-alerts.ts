import type { Queryable } from '#ports/database.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { deleteAlerts } from './store.ts'
import { deleteDigests } from './store-digests.ts'
import { deleteOwnedMeasures } from './store-measures.ts'

/** Deletes a tenant's or a connection's alerts, the mails that were still to be written, and what was counted of it. */
export async function forgetAlerts(
  db: Queryable,
  { tenantId, connectionId }: ForgetScope,
): Promise<Forgotten> {
  const alerts = await deleteAlerts(db, tenantId, connectionId)
  const measures = await deleteOwnedMeasures(db, tenantId, connectionId)
  const digests = connectionId === null ? await deleteDigests(db, tenantId) : 0
  return { deleted: alerts + measures + digests, next: null }
}
