import { AppError } from '@parley/contract/app-error.ts'
import type { AppContext, AppMiddleware } from '#http/app-env.ts'
import { networkOf } from './client-address.ts'
import type { Clock } from '#ports/clock.ts'

export type Limit = {
  /** Named in the RateLimit fields. */
  readonly name: string
  /** How many at once. */
  readonly burst: number
  readonly perSecond: number
}

/** Most keys remembered; the one untouched longest goes first, and by then it is mostly full again. */
const KEYS_MAX = 10_000

/**
 * A token bucket per key, in memory: each process counts for itself, which is enough to slow guessing down.
 * Waits are measured by the monotonic clock.
 */
export class TokenBuckets {
  readonly #limit: Limit
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>()

  constructor(limit: Limit, clock: Pick<Clock, 'monotonicMs'>) {
    this.#limit = limit
    this.#clock = clock
  }

  /** What is left, without taking. */
  left(key: string): number {
    return this.#fill(key).tokens
  }

  /** Takes one; `waitSeconds` > 0 when there was none. */
  take(key: string): { remaining: number; waitSeconds: number } {
    const bucket = this.#fill(key)
    // Set again, so that the map's order is the order of use.
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > KEYS_MAX) {
      const [oldest] = this.#buckets.keys()
      if (oldest !== undefined) this.#buckets.delete(oldest)
    }
    if (bucket.tokens < 1) {
      return { remaining: 0, waitSeconds: (1 - bucket.tokens) / this.#limit.perSecond }
    }
    bucket.tokens -= 1
    return { remaining: Math.floor(bucket.tokens), waitSeconds: 0 }
  }

  #fill(key: string): { tokens: number; atMs: number } {
    const nowMs = this.#clock.monotonicMs()
    const known = this.#buckets.get(key)
    if (known === undefined) return { tokens: this.#limit.burst, atMs: nowMs }
    const gained = ((nowMs - known.atMs) / 1000) * this.#limit.perSecond
    known.tokens = Math.min(this.#limit.burst, known.tokens + gained)
    known.atMs = nowMs
    return known
  }
}

/** The RateLimit fields of an answer. */
export function showLimit(c: AppContext, limit: Limit, remaining: number): void {
  const windowSeconds = Math.ceil(limit.burst / limit.perSecond)
  const fullInSeconds = Math.ceil((limit.burst - remaining) / limit.perSecond)
  c.header('RateLimit-Policy', `"${limit.name}";q=${limit.burst};w=${windowSeconds}`)
  c.header('RateLimit', `"${limit.name}";r=${remaining};t=${fullInSeconds}`)
}

/** Refuses with 429, `Retry-After` and RateLimit fields. Without a key a request is not counted. */
export function rateLimit(
  limit: Limit,
  clock: Pick<Clock, 'monotonicMs'>,
  keyOf: (c: AppContext) => string | undefined = (c) => networkOf(c.var.address),
): AppMiddleware {
  const buckets = new TokenBuckets(limit, clock)
  return async (c, next) => {
    const key = keyOf(c)
    if (key === undefined) {
      await next()
      return
    }
    const { remaining, waitSeconds } = buckets.take(key)
    showLimit(c, limit, remaining)
    if (waitSeconds > 0) throw new AppError('http/rate-limited', { retryAfterSeconds: waitSeconds })
    await next()
  }
}
