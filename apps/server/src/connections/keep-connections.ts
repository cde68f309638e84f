import type { Ports } from '#ports/ports.ts'
import { refreshDue } from '#tokens/refresh-due.ts'
import { watchExpiry } from '#tokens/watch-expiry.ts'
import { checkConnections } from './check-connections.ts'

/** How often the time is looked at. */
export const KEEP_PAUSE_MS = 1000
/** How often what is due is looked for, by the time people see: a moved clock is noticed within the second. */
const ROUND_MS = 60_000

/**
 * A round: refreshes what is due, looks at what was not looked at for a day, tells of what ends soon. The first comes at once, the next a minute
 * later; most find nothing.
 */
export function createKeeper(ports: Ports): () => Promise<void> {
  let lastMs = Number.NEGATIVE_INFINITY
  return async () => {
    const nowMs = ports.clock.now()
    if (Math.abs(nowMs - lastMs) < ROUND_MS) return
    lastMs = nowMs
    await refreshDue(ports, { tenants: null })
    await checkConnections(ports)
    await watchExpiry(ports)
  }
}
