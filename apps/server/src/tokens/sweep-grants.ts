import type { SweepResult } from '@parley/contract/connection.ts'
import { REFRESH_AGE_MS_MIN } from '@parley/instagram/limits.ts'
import type { Ports } from '#ports/ports.ts'
import { refreshDue } from './refresh-due.ts'
import { countDue } from './store-due.ts'

/** A caller waits no longer; the rest is refreshed in the background or by the next sweep. */
const SWEEP_MS_MAX = 60_000

/** Refreshes what is due now, or with `force` whatever Meta allows, for a minute at most. */
export async function sweepGrants(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'metrics' | 'log'>,
  input: { tenants: readonly string[] | null; force: boolean },
): Promise<SweepResult> {
  const { tenants, force } = input
  const nowMs = ports.clock.now()
  const youngest = force ? new Date(nowMs - REFRESH_AGE_MS_MIN) : null
  const before = await countDue(ports.db, { now: new Date(nowMs), youngest, tenants })
  const untilMs = ports.clock.monotonicMs() + SWEEP_MS_MAX
  const isOver = (): boolean => ports.clock.monotonicMs() >= untilMs
  const sum = await refreshDue(ports, { tenants, force, isOver })
  const total = sum.refreshed + sum.failed + sum.invalid
  const left = Math.max(0, before.due - total)
  const { refreshed, failed, invalid } = sum
  const message = `Refreshed ${refreshed} ${refreshed === 1 ? 'token' : 'tokens'}, ${failed} failed, ${invalid} invalid`
  return {
    ...sum,
    skipped: Math.max(0, before.live - total),
    total,
    message: left === 0 ? message : `${message}; ${left} left`,
  }
}
