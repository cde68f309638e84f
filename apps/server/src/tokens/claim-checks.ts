import type { Ports } from '#ports/ports.ts'
import type { LeasedGrant } from './schema.ts'
import { claimChecks as claim, claimProbes } from './store-due.ts'

/** Two calls at Meta per grant, and subscribing again at worst. */
const LEASE_SECONDS = 120
const BATCH = 20

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
  const due = await claim(ports.db, { ...lease, ...scope, limit: BATCH }, scope.force ?? false)
  if (scope.connectionId !== undefined) return due
  return [...(await claimProbes(ports.db, lease)), ...due]
}
