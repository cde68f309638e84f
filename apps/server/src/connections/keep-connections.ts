import type { Ports } from '#ports/ports.ts'
import { repeat } from '#ports/repeat.ts'
import { mendDates } from '#tokens/mend-dates.ts'
import { refreshDue } from '#tokens/refresh-due.ts'
import { watchDataAccess, watchExpiry } from '#tokens/watch-expiry.ts'
import { checkConnections } from './check-connections.ts'
import { watchSilence } from './watch-silence.ts'

/** How often the time is looked at. */
const LOOK_MS = 1000
/** How often what is due is looked for, by the time people see: a moved clock is noticed within the second. */
const ROUND_MS = 60_000
const STEP_MS_MAX = 30_000

/**
 * Keeps connections alive until it is disposed of: once a minute it refreshes what is due, looks at what was not looked
 * at for a day, tells of what ends soon or has become silent. When the time went back, what it left too far off is due.
 * The first round comes at once; most find nothing.
 */
export function keepConnections(ports: Ports, onError: (error: unknown) => void): AsyncDisposable {
  let lastMs = Number.NEGATIVE_INFINITY
  /** The newest look at the time; before the first one any time is earlier. */
  let seenMs = Number.POSITIVE_INFINITY
  let isStopped = false
  const round = async (): Promise<void> => {
    const nowMs = ports.clock.now()
    const isBack = nowMs < seenMs - ROUND_MS
    seenMs = nowMs
    if (!isBack && Math.abs(nowMs - lastMs) < ROUND_MS) return
    lastMs = nowMs
    let isCut = false
    // Each step has its time: a backlog of one, after days of standstill, does not starve the others.
    const inTime = (): { tenants: null; isOver: () => boolean } => {
      const untilMs = ports.clock.monotonicMs() + STEP_MS_MAX
      return {
        tenants: null,
        isOver() {
          seenMs = Math.max(seenMs, ports.clock.now())
          const isLate = ports.clock.monotonicMs() >= untilMs
          isCut ||= isLate
          return isLate || isStopped
        },
      }
    }
    const steps = [
      ...(isBack ? [async () => await mendDates(ports)] : []),
      async () => await refreshDue(ports, inTime()),
      async () => await checkConnections(ports, inTime()),
      async () => await watchExpiry(ports),
      async () => await watchDataAccess(ports),
      async () => await watchSilence(ports),
    ]
    for (const step of steps) {
      if (!isStopped) await step().catch(onError)
    }
    // What is left goes on at once.
    if (isCut) lastMs = Number.NEGATIVE_INFINITY
  }
  const loop = repeat(LOOK_MS, round, onError)
  return {
    /** Waits for the calls in hand, not for the rest of a long round. */
    async [Symbol.asyncDispose]() {
      isStopped = true
      await loop[Symbol.asyncDispose]()
    },
  }
}
