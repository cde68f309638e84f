import type { Ports } from '#ports/ports.ts'
import { grantCacheOf } from './grant-cache.ts'
import type { UsableGrant } from './schema.ts'

/** The token of a connection if it is in hand already: asks nobody, for those who hold locks. */
export function findKeptGrant(
  ports: Pick<Ports, 'clock' | 'signals' | 'vault'>,
  { tenantId, connectionId }: { readonly tenantId: string; readonly connectionId: string },
): UsableGrant | undefined {
  const now = { nowMs: ports.clock.now(), monotonicMs: ports.clock.monotonicMs() }
  const kept = grantCacheOf(ports).find(connectionId, now)
  return kept?.tenantId === tenantId ? kept : undefined
}
