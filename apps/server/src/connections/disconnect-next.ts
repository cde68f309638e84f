import type { Ports } from '#ports/ports.ts'
import { disconnectConnection } from './disconnect-connection.ts'
import { findUnended } from './store-forget.ts'

/**
 * Ends one of a tenant's connections that are not ended: unsubscribed at Meta, tokens destroyed. False when there is none
 * left.
 */
export async function disconnectNext(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'log'>,
  tenantId: string,
): Promise<boolean> {
  const unended = await findUnended(ports.db, tenantId)
  if (unended === undefined) return false
  const who = { actor: 'system', requestId: null, address: null }
  await disconnectConnection(ports, { id: unended.id, tenants: [tenantId], who })
  return true
}
