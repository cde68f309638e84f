import type { Queryable } from '#ports/database.ts'
import { deleteEvents, deleteTenantEndpoints } from './store-forget.ts'

/** Deletes a tenant's or a connection's events with what became of telling them; a tenant's endpoints go with it. */
export async function forgetEvents(
  db: Queryable,
  scope: { readonly tenantId: string; readonly connectionId: string | null },
): Promise<{ deleted: number; next: null }> {
  const { tenantId, connectionId } = scope
  // Endpoints before their deliveries, as everybody locks them.
  const endpoints = connectionId === null ? await deleteTenantEndpoints(db, tenantId) : 0
  const events = await deleteEvents(db, tenantId, connectionId)
  return { deleted: events + endpoints, next: null }
}
