import { REFRESH_AGE_MS_MIN } from '@parley/instagram/limits.ts'
import type { Ports } from '#ports/ports.ts'
import { inParallel } from './in-parallel.ts'
import { noticeSilence } from './notice-silence.ts'
import { refreshGrant } from './refresh-grant.ts'
import { safely } from './safely.ts'
import type { LeasedGrant } from './schema.ts'
import { claimRefreshes } from './store-due.ts'
import { CALLS_OF_REFRESH, CALLS_PER_APP_AND_HOUR, withinBudget } from './within-budget.ts'

type Touched = Pick<
  Ports,
  'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'metrics' | 'log'
>

/** Longer than the calls of one refresh take: claimed are as many as are worked at once. */
const LEASE_SECONDS = 35
const BATCH = 5

export type Sweep = {
  readonly refreshed: number
  readonly failed: number
  readonly invalid: number
}

export type SweepScope = {
  /** Null: every tenant's. */
  readonly tenants: readonly string[] | null
  /** Every grant Meta allows, due or not. */
  readonly force?: boolean
  readonly connectionId?: string
  /** Asked before each batch: no more of them. */
  readonly isOver?: () => boolean
}

/**
 * Refreshes what is due, in leased batches: any number of workers refresh each grant exactly once. Ends when nothing is
 * due, the time is over, or Meta does not answer.
 */
export async function refreshDue(ports: Touched, scope: SweepScope): Promise<Sweep> {
  const sum = { refreshed: 0, failed: 0, invalid: 0 }
  const tried: string[] = []
  while (scope.isOver?.() !== true) {
    const claimed = await claim(ports, scope, tried)
    if (claimed.length === 0) break
    const outcomes = await inParallel(
      claimed,
      BATCH,
      async (held) => await safely(ports, held, async () => await refreshGrant(ports, held)),
    )
    for (const outcome of outcomes) {
      if (outcome === 'refreshed' || outcome === 'invalid') sum[outcome] += 1
      else if (outcome !== 'lost' && outcome !== 'cut') sum.failed += 1
    }
    await noticeSilence(ports, claimed, outcomes)
    if (outcomes.includes('cut')) break
    tried.push(...claimed.map(({ id }) => id))
  }
  return sum
}

/** Leased, and within the hour's calls of their apps. */
async function claim(
  ports: Touched,
  scope: SweepScope,
  tried: readonly string[],
): Promise<LeasedGrant[]> {
  const nowMs = ports.clock.now()
  const held = await claimRefreshes(
    ports.db,
    {
      owner: ports.random.bytes(8).toString('hex'),
      leaseSeconds: LEASE_SECONDS,
      limit: BATCH,
      now: new Date(nowMs),
      tenants: scope.tenants,
      connectionId: scope.connectionId,
      except: tried,
      callsMax: CALLS_PER_APP_AND_HOUR - CALLS_OF_REFRESH,
    },
    scope.force === true ? new Date(nowMs - REFRESH_AGE_MS_MIN) : null,
  )
  return await withinBudget(ports, held, { callsEach: CALLS_OF_REFRESH, isRefresh: true })
}
