import { monotonicMs } from '#monotonic.ts'
import { seededRandom } from '#seeded-random.ts'
import type { SeededRandom } from '#seeded-random.ts'

/** What is wrong with Meta. Everything left out is well. Times count from the moment the plan is set. */
export type FaultPlan = {
  readonly seed?: number
  /** Every Graph answer waits this long. */
  readonly latencyMs?: number
  /** Fraction of sends that are shown, whose connection is then cut. */
  readonly lostResponse?: number
  readonly outages?: readonly Outage[]
  readonly hang?: {
    readonly fraction: number
    readonly forMs: number
    /** Only sends of this account. */
    readonly accountId?: string
    readonly shownFraction?: number
  }
}

/**
 * `error-body`: 500 with a Graph error; `transient`: the same with `is_transient`; `429` and `613`: rate limits; these show
 * nothing. `bare-500`: no body, and `shownFraction` (half, if not told) of the sends were shown nevertheless.
 */
export type Outage = {
  readonly afterMs: number
  readonly forMs: number
  readonly kind: 'error-body' | 'transient' | '429' | '613' | 'bare-500'
  readonly shownFraction?: number
  /** Conversations and profiles can still be read. */
  readonly sendsOnly?: boolean
}

/** What happens to one send. */
export type Fate =
  | { readonly kind: 'well' }
  | { readonly kind: 'lost-response' }
  | { readonly kind: 'outage'; readonly outage: Outage['kind']; readonly shown: boolean }
  | { readonly kind: 'hang'; readonly forMs: number; readonly shown: boolean }

export class Faults {
  #plan: FaultPlan = {}
  #setAtMs = 0
  #random: SeededRandom = seededRandom(1)

  set(plan: FaultPlan): void {
    this.#plan = plan
    this.#setAtMs = monotonicMs()
    this.#random = seededRandom(plan.seed ?? 1)
  }

  get latencyMs(): number {
    return this.#plan.latencyMs ?? 0
  }

  fateOfSend(accountId: string): Fate {
    const outage = this.#outage()
    if (outage !== undefined) {
      const shown =
        outage.kind === 'bare-500' && this.#random.fraction() < (outage.shownFraction ?? 0.5)
      return { kind: 'outage', outage: outage.kind, shown }
    }
    const { hang, lostResponse } = this.#plan
    const hangs =
      hang !== undefined && (hang.accountId === undefined || hang.accountId === accountId)
    if (hangs && this.#random.fraction() < hang.fraction) {
      const shown = this.#random.fraction() < (hang.shownFraction ?? 0.5)
      return { kind: 'hang', forMs: hang.forMs, shown }
    }
    if (lostResponse !== undefined && this.#random.fraction() < lostResponse) {
      return { kind: 'lost-response' }
    }
    return { kind: 'well' }
  }

  /** The outage a read meets. */
  outageOfRead(): Outage['kind'] | undefined {
    const outage = this.#outage()
    return outage?.sendsOnly === true ? undefined : outage?.kind
  }

  #outage(): Outage | undefined {
    const atMs = monotonicMs() - this.#setAtMs
    return this.#plan.outages?.find(
      ({ afterMs, forMs }) => atMs >= afterMs && atMs < afterMs + forMs,
    )
  }
}
