import { performance } from 'node:perf_hooks'

/**
 * Two times. `now` is what a person or Meta can see (window, expiry, quiet time, retention) and can be moved
 * by tests; `monotonicMs` only measures waits and never jumps. Leases use the database's own clock.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds since some fixed moment of this process. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
}
