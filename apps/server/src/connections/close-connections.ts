import type { Queryable } from '#ports/database.ts'
import { closeConnection } from './store-forget.ts'

/** Why a connection is revoked whose account asked for its data to be deleted. */
export const ERASED = 'data_deletion'

/** Connections that are about to be erased: revoked, whatever they were, and not to be connected again before it is done. */
export async function closeConnections(
  db: Queryable,
  connections: readonly { readonly tenantId: string; readonly connectionId: string }[],
  at: Date,
): Promise<void> {
  for (const { tenantId, connectionId } of connections) {
    await closeConnection(db, { tenantId, id: connectionId, reason: ERASED, at })
  }
}
