import { REFRESH_AGE_MS_MIN } from '@parley/instagram/limits.ts'
import type { Ports } from '#ports/ports.ts'
import { inParallel } from './in-parallel.ts'
import { noticeSilence } from './notice-silence.ts'
import { refreshGrant } from './refresh-grant.ts'
import { safely } from './safely.ts'
import type { LeasedGrant } from './schema.ts'
import { takeCalls } from './store-apps.ts'
import { claimRefreshes, giveBack } from './store-due.ts'

type Touched = Pick<
  Ports,
  'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'metrics' | 'log'
>

/** Longer than the calls of one refresh take: claimed are as many as are worked at once. */
const LEASE_SECONDS = 35
const BATCH = 5
/** Far more than sixty days of refreshes of a hundred thousand connections need, far less than Meta's own limits. */
const CALLS_PER_APP_AND_HOUR = 6_000

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
      ports.metrics.tokenRefreshes.add(1, { outcome })
      if (outcome === 'refreshed' || outcome === 'invalid') sum[outcome] += 1
      else if (outcome !== 'lost') sum.failed += 1
    }
    await noticeSilence(ports, claimed, outcomes)
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
  const now = new Date(nowMs)
  const held = await claimRefreshes(
    ports.db,
    {
      owner: ports.random.bytes(8).toString('hex'),
      leaseSeconds: LEASE_SECONDS,
      limit: BATCH,
      now,
      tenants: scope.tenants,
      connectionId: scope.connectionId,
      except: tried,
      callsPerHour: CALLS_PER_APP_AND_HOUR,
    },
    scope.force === true ? new Date(nowMs - REFRESH_AGE_MS_MIN) : null,
  )
  const allowed: LeasedGrant[] = []
  for (const [appId, grants] of Map.groupBy(held, (one) => one.app_id)) {
    const count = grants.length
    const taken = await takeCalls(ports.db, { appId, count, perHour: CALLS_PER_APP_AND_HOUR, now })
    allowed.push(...grants.slice(0, taken))
    if (taken < count) await giveBack(ports.db, grants.slice(taken))
  }
  return allowed
}
