import { networkOf } from '#http/client-address.ts'
import type { Clock } from '#ports/clock.ts'

const MINUTE_MS = 60_000
/** Above this many a minute from one address, its connection is closed after the refusal. */
const PER_MINUTE_MAX = 600
/** Lines a minute, whoever they are about: more say nothing new, and the audit log is kept for good. */
const LINES_MAX = 60
/** Addresses remembered at once; beyond it the oldest is forgotten. */
const ADDRESSES_MAX = 10_000

/** Counts refused deliveries, or handshakes, per address, so that a flood makes one line a minute and not one each. */
export class FailedSignatures {
  readonly #clock: Clock
  readonly #byAddress = new Map<string, { since: number; count: number }>()
  #lines = { since: 0, count: 0 }

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Counts one more. `isFirst`: the first of its minute, worth a line. `isFlood`: close the connection.
   *
   * @param about what is counted apart of one address.
   */
  count(address: string, about = ''): { isFirst: boolean; isFlood: boolean } {
    const now = this.#clock.monotonicMs()
    const key = `${about} ${networkOf(address)}`
    const known = this.#byAddress.get(key)
    if (known === undefined || now - known.since >= MINUTE_MS) {
      this.#byAddress.delete(key)
      if (this.#byAddress.size >= ADDRESSES_MAX) {
        const [oldest] = this.#byAddress.keys()
        if (oldest !== undefined) this.#byAddress.delete(oldest)
      }
      this.#byAddress.set(key, { since: now, count: 1 })
      return { isFirst: this.#mayTell(now), isFlood: false }
    }
    known.count += 1
    return { isFirst: false, isFlood: known.count > PER_MINUTE_MAX }
  }

  #mayTell(now: number): boolean {
    if (now - this.#lines.since >= MINUTE_MS) this.#lines = { since: now, count: 0 }
    this.#lines.count += 1
    return this.#lines.count <= LINES_MAX
  }
}
