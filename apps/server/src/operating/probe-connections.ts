import type { Connection } from '@parley/contract/connection.ts'
import { checkConnections } from '#connections/check-connections.ts'
import type { Ports } from '#ports/ports.ts'
import { inParallel } from '#tokens/in-parallel.ts'

/** Each costs a call or two of the app's hour. */
const PROBES_MAX = 20
const AT_ONCE = 5

/**
 * Asks Meta now about the connections that were not asked for longest, as the daily look does, and keeps what it says.
 *
 * @returns how many were asked.
 */
export async function probeConnections(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'metrics' | 'log'>,
  live: readonly Connection[],
): Promise<number> {
  const oldest = live
    .toSorted((a, b) => (a.checkedAt ?? '').localeCompare(b.checkedAt ?? ''))
    .slice(0, PROBES_MAX)
  await inParallel(
    oldest,
    AT_ONCE,
    async ({ id, tenantId }) =>
      await checkConnections(ports, { tenants: [tenantId], connectionId: id, force: true }),
  )
  return oldest.length
}
