import type { Ports } from '#ports/ports.ts'
import type { LeasedGrant } from './schema.ts'
import { claimChecks as claim, claimProbes } from './store-due.ts'

/** Longer than the calls of one check take; subscribing again needs no lease. */
const LEASE_SECONDS = 35
/** As many as are worked at once. */
export const CHECKS_AT_ONCE = 5

/** Grants whose daily look is due, leased to this worker; of a paused app one, when its pause is over. */
export async function claimChecks(
  ports: Pick<Ports, 'db' | 'clock' | 'random'>,
  scope: { connectionId?: string; tenants: readonly string[] | null; force?: boolean },
): Promise<LeasedGrant[]> {
  const lease = {
    owner: ports.random.bytes(8).toString('hex'),
    leaseSeconds: LEASE_SECONDS,
    now: new Date(ports.clock.now()),
  }
  const probes = scope.connectionId === undefined ? await claimProbes(ports.db, lease) : []
  const limit = Math.max(0, CHECKS_AT_ONCE - probes.length)
  const due = await claim(ports.db, { ...lease, ...scope, limit }, scope.force ?? false)
  return [...probes, ...due]
}
