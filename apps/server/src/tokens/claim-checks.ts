import type { Ports } from '#ports/ports.ts'
import type { LeasedGrant } from './schema.ts'
import { claimChecks as claim, claimProbes } from './store-due.ts'
import { CALLS_OF_CHECKS, CALLS_PER_APP_AND_HOUR, withinBudget } from './within-budget.ts'

/** Longer than the calls of one check take; subscribing again needs no lease. */
const LEASE_SECONDS = 35
/** The grant, and its subscription. */
const CALLS_EACH = 2
/** As many as are worked at once. */
export const CHECKS_AT_ONCE = 5

/**
 * Grants whose daily look is due, within the hour's calls of their apps, leased to this worker; of a paused app one, when
 * its pause is over. What a person asks for may take the calls that are kept for refreshes.
 */
export async function claimChecks(
  ports: Pick<Ports, 'db' | 'clock' | 'random'>,
  scope: { connectionId?: string; tenants: readonly string[] | null; force?: boolean },
): Promise<LeasedGrant[]> {
  const lease = {
    owner: ports.random.bytes(8).toString('hex'),
    leaseSeconds: LEASE_SECONDS,
    now: new Date(ports.clock.now()),
  }
  const probes = scope.connectionId === undefined ? await claimDueProbes(ports, lease) : []
  const limit = Math.max(0, CHECKS_AT_ONCE - probes.length)
  const isForced = scope.force ?? false
  const callsMax = (isForced ? CALLS_PER_APP_AND_HOUR : CALLS_OF_CHECKS) - CALLS_EACH
  const due = await claim(ports.db, { ...lease, ...scope, limit, callsMax }, isForced)
  const work = { callsEach: CALLS_EACH, isRefresh: isForced }
  return [...probes, ...(await withinBudget(ports, due, work))]
}

/** Without a probe an app stays paused, so it may take the calls that are kept for refreshes. */
async function claimDueProbes(
  ports: Pick<Ports, 'db' | 'clock'>,
  lease: Omit<Parameters<typeof claimProbes>[1], 'callsMax'>,
): Promise<LeasedGrant[]> {
  const callsMax = CALLS_PER_APP_AND_HOUR - CALLS_EACH
  const held = await claimProbes(ports.db, { ...lease, callsMax })
  return await withinBudget(ports, held, { callsEach: CALLS_EACH, isRefresh: true })
}
