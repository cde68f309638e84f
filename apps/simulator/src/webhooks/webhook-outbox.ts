import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '#ports/clock.ts'
import type { Network } from '#ports/network.ts'
import type { AppKind } from '#world/world.ts'
import { pauseAfterFailure } from './retry-plan.ts'

/** Meta waits five seconds for the answer; anything but 200 within them is a failure. */
export const ANSWER_TIMEOUT_MS = 5000
const KEPT_DELIVERIES_MAX = 2000
const TIMER_MAX_MS = 2 ** 31 - 1

export type DeliveryAttempt = {
  at: string
  atMs: number
  status: number | null
  error: string | null
  tookMs: number
}

export type Delivery = {
  id: string
  app: AppKind
  accountKeys: string[]
  kinds: string[]
  url: string
  body: string
  signature: string
  state: 'waiting' | 'delivered' | 'retrying' | 'dropped'
  createdAtMs: number
  attempts: DeliveryAttempt[]
  nextAttemptAtMs: number | null
}

export type Parcel = Pick<
  Delivery,
  'id' | 'app' | 'accountKeys' | 'kinds' | 'url' | 'body' | 'signature'
> & { delayMs: number }

type OutboxOptions = {
  clock: Clock
  network: Network
  /** After every attempt, answered or not. */
  onAttempt: (delivery: Delivery) => void
}

/**
 * Posts webhooks and keeps trying.
 *
 *   waiting ──200──▶ delivered
 *      └──else──▶ retrying ──200──▶ delivered
 *                    └──36 h──▶ dropped
 *
 * First attempts to one account go out one after another, so order is kept until a switch or a
 * failure breaks it; a retry waits for nobody. Pauses run on Meta's clock: moving it forward
 * makes due what it passes.
 */
export class WebhookOutbox implements AsyncDisposable {
  readonly deliveries: Delivery[] = []
  readonly #options: OutboxOptions
  readonly #lanes = new Map<string, Promise<void>>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #stop = new AbortController()
  #isClosed = false

  constructor(options: OutboxOptions) {
    this.#options = options
    options.clock.onMove(() => this.#rearm())
  }

  /** Resolves after the first attempt, whatever came of it. */
  async post({ delayMs, ...parcel }: Parcel): Promise<Delivery> {
    const delivery: Delivery = {
      ...parcel,
      state: 'waiting',
      createdAtMs: this.#options.clock.now(),
      attempts: [],
      nextAttemptAtMs: null,
    }
    this.deliveries.push(delivery)
    if (this.deliveries.length > KEPT_DELIVERIES_MAX) this.deliveries.shift()
    await this.#inLane(`${parcel.app} ${parcel.accountKeys.join()}`, async () => {
      if (delayMs > 0) await sleep(delayMs, undefined, { signal: this.#stop.signal })
      await this.#attempt(delivery)
    })
    return delivery
  }

  /** Forgets everything, also what is being retried. */
  clear(): void {
    this.#stop.abort()
    this.#stop = new AbortController()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    this.#lanes.clear()
    this.deliveries.length = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    const running = [...this.#lanes.values()]
    this.clear()
    await Promise.allSettled(running)
  }

  async #inLane(lane: string, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop
    const mine = this.#afterOthers(this.#lanes.get(lane), work, signal)
    this.#lanes.set(lane, mine)
    await mine
    if (this.#lanes.get(lane) === mine) this.#lanes.delete(lane)
  }

  async #afterOthers(
    others: Promise<void> | undefined,
    work: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    await others
    if (signal.aborted || this.#isClosed) return
    try {
      await work()
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { signal } = this.#stop
    const attempt = await this.#send(delivery, signal)
    if (signal.aborted) return
    delivery.attempts.push(attempt)
    delivery.nextAttemptAtMs = null
    if (attempt.status === 200) delivery.state = 'delivered'
    else this.#planRetry(delivery)
    this.#options.onAttempt(delivery)
  }

  async #send(delivery: Delivery, signal: AbortSignal): Promise<DeliveryAttempt> {
    const atMs = this.#options.clock.now()
    const startedMs = performance.now()
    const ended = (status: number | null, error: string | null): DeliveryAttempt => ({
      at: new Date(atMs).toISOString(),
      atMs,
      status,
      error,
      tookMs: Math.round(performance.now() - startedMs),
    })
    try {
      const answer = await this.#options.network.request('POST', delivery.url, {
        headers: {
          'content-type': 'application/json',
          'x-hub-signature-256': delivery.signature,
          'user-agent': 'Webhooks/1.0 (https://fb.me/webhooks)',
        },
        body: delivery.body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      })
      return ended(answer.status, null)
    } catch (error) {
      return ended(null, error instanceof Error ? reasonOf(error) : String(error))
    }
  }

  #planRetry(delivery: Delivery): void {
    const nowMs = this.#options.clock.now()
    const pauseMs = pauseAfterFailure(delivery.attempts.length, {
      firstAttemptAtMs: delivery.attempts[0]?.atMs ?? nowMs,
      nowMs,
    })
    if (pauseMs === undefined) {
      delivery.state = 'dropped'
      return
    }
    delivery.state = 'retrying'
    delivery.nextAttemptAtMs = nowMs + pauseMs
    this.#arm(delivery, pauseMs)
  }

  #arm(delivery: Delivery, pauseMs: number): void {
    clearTimeout(this.#timers.get(delivery.id))
    const timer = setTimeout(
      () => {
        this.#timers.delete(delivery.id)
        void this.#attempt(delivery)
      },
      Math.min(Math.max(pauseMs, 0), TIMER_MAX_MS),
    )
    timer.unref()
    this.#timers.set(delivery.id, timer)
  }

  #rearm(): void {
    const nowMs = this.#options.clock.now()
    for (const delivery of this.deliveries) {
      if (this.#timers.has(delivery.id) && delivery.nextAttemptAtMs !== null) {
        this.#arm(delivery, delivery.nextAttemptAtMs - nowMs)
      }
    }
  }
}

/** `fetch failed` says nothing; its cause says ECONNREFUSED. */
function reasonOf(error: Error): string {
  if (error.name === 'TimeoutError') return `no answer within ${ANSWER_TIMEOUT_MS / 1000} s`
  const { cause } = error
  return cause instanceof Error && cause.message ? cause.message : error.message
}
