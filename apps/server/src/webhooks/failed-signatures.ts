import type { Clock } from '#ports/clock.ts'

const MINUTE_MS = 60_000
/** Above this many a minute from one address, its connection is closed after the refusal. */
const PER_MINUTE_MAX = 600
/** Addresses remembered at once; beyond it the oldest is forgotten. */
const ADDRESSES_MAX = 10_000

/** Counts refused deliveries, or handshakes, per address, so that a flood makes one line a minute and not one each. */
export class FailedSignatures {
  readonly #clock: Clock
  readonly #byAddress = new Map<string, { since: number; count: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts one more. `isFirst`: the first of its minute, worth a line. `isFlood`: close the connection. */
  count(address: string): { isFirst: boolean; isFlood: boolean } {
    const now = this.#clock.monotonicMs()
    const known = this.#byAddress.get(address)
    if (known === undefined || now - known.since >= MINUTE_MS) {
      this.#byAddress.delete(address)
      if (this.#byAddress.size >= ADDRESSES_MAX) {
        const [oldest] = this.#byAddress.keys()
        if (oldest !== undefined) this.#byAddress.delete(oldest)
      }
      this.#byAddress.set(address, { since: now, count: 1 })
      return { isFirst: true, isFlood: false }
    }
    known.count += 1
    return { isFirst: false, isFlood: known.count > PER_MINUTE_MAX }
  }
}
