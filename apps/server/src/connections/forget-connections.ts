import type { Queryable } from '#ports/database.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { forgetGrants } from '#tokens/forget-grants.ts'
import { deleteConnections, lockConnections } from './store-forget.ts'

/**
 * Deletes the records of connections, the last of them: everything else is found by it. Whoever tried to connect again
 * in the meantime left a grant; it goes along.
 */
export async function forgetConnections(db: Queryable, scope: ForgetScope): Promise<Forgotten> {
  const { tenantId, connectionId } = scope
  await lockConnections(db, tenantId, connectionId)
  await forgetGrants(db, scope)
  return { deleted: await deleteConnections(db, tenantId, connectionId), next: null }
}
