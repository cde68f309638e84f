import type { Clock } from './clock.ts'
import { repeat } from './repeat.ts'

/** How often the time is looked at. */
const LOOK_MS = 1000

/**
 * As `repeat`, by the time people see: once at the beginning, then whenever so much of it has passed. A clock that is
 * moved is noticed within the second.
 */
export function repeatByClock(
  clock: Pick<Clock, 'now'>,
  everyMs: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): AsyncDisposable {
  let lastMs = Number.NEGATIVE_INFINITY
  const look = async (): Promise<void> => {
    const nowMs = clock.now()
    if (Math.abs(nowMs - lastMs) < everyMs) return
    lastMs = nowMs
    await work()
  }
  return repeat(LOOK_MS, look, onError)
}
