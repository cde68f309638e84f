import type { Queryable } from '#ports/database.ts'
import { destroyGrants } from '#tokens/destroy-grants.ts'
import { markDisconnected } from './store.ts'
import { findUnended } from './store-forget.ts'

/** Ends every connection of a tenant without a word to Meta or to the host, who heard of it before. */
export async function endConnections(db: Queryable, tenantId: string, at: Date): Promise<void> {
  for (;;) {
    const unended = await findUnended(db, tenantId)
    if (unended === undefined) return
    await destroyGrants(db, { tenantId, connectionId: unended.id, reason: 'disconnected' })
    await markDisconnected(db, { tenantId, id: unended.id, reason: null, at })
  }
}
