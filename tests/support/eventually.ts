import { setTimeout as sleep } from 'node:timers/promises'

const WITHIN_MS = 120_000
const POLL_MS = 50

/**
 * Looks again and again until there is something to see.
 *
 * @param look what is not there yet is undefined or false.
 * @throws Error with `what` and the last failure when it does not come.
 */
export async function eventually<Found>(
  what: string,
  look: () => Promise<Found | undefined | false>,
): Promise<Found> {
  const deadline = performance.now() + WITHIN_MS
  let last: unknown
  for (;;) {
    const isLast = performance.now() >= deadline
    try {
      const found = await look()
      if (found !== undefined && found !== false) return found
    } catch (error) {
      last = error
    }
    if (isLast) break
    await sleep(POLL_MS)
  }
  throw new Error(`not within ${WITHIN_MS / 1000} s: ${what}`, { cause: last })
}
