import { AppError } from '@parley/contract/app-error.ts'
import type { Ports } from '#ports/ports.ts'
import { disconnectConnection } from './disconnect-connection.ts'
import { findUnended } from './store-forget.ts'

/** Ends every connection of a tenant: unsubscribed at Meta, tokens destroyed. Doing it again changes nothing. */
export async function disconnectTenant(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'signals' | 'graph' | 'log'>,
  tenantId: string,
): Promise<void> {
  const who = { actor: 'system', requestId: null, address: null }
  for (const { id } of await findUnended(ports.db, tenantId)) {
    try {
      await disconnectConnection(ports, { id, tenants: [tenantId], who })
    } catch (error) {
      // Gone in the meantime: somebody else erases the same.
      if (!(error instanceof AppError)) throw error
    }
  }
}
