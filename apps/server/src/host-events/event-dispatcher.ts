import { UnsealError } from '#ports/cipher.ts'
import type { Ports } from '#ports/ports.ts'
import { WakeLoop } from '#ports/wake-loop.ts'
import { deliverEvent } from './deliver-event.ts'
import type { MakeReconnectLink, Target, Told } from './deliver-event.ts'
import { disableEndpoint } from './disable-endpoint.ts'
import { openSecret } from './endpoint-secret.ts'
import { GIVE_UP_MS, retryAt } from './retry-at.ts'
import type { ClaimedDelivery } from './schema.ts'
import { claimDeliveries, recordAttempt, releaseDelivery } from './store-deliveries.ts'
import type { Attempt } from './store-deliveries.ts'
import { selectTarget } from './store-endpoints.ts'
import { tellEndpoint } from './tell-endpoint.ts'

const POLL_MS = 1_000
/** Longer than one attempt takes, its writing down included. */
const LEASE_MS = 40_000
/** Calls under way from this process. */
const CALLS_MAX = 128
/** Of them to endpoints that take nothing: their time-outs leave room for the others. */
const FAILING_CALLS_MAX = 64
const CALLS_PER_ENDPOINT_MAX = 8
/** A stop lets the calls in hand end for so long; then they are made again elsewhere. */
const STOP_WAIT_MS = 3_000

/**
 * Tells endpoints what happened, from any number of processes:
 *
 *     pending ──claimed, leased──▶ call ──2xx──▶ delivered
 *        ▲                          ├──410──▶ failed, the endpoint is disabled
 *        └────after a pause─────────┴──else─▶ failed, when three days are over
 *
 * What is about one connection arrives at an endpoint in order: behind a delivery that is pending, the others wait.
 * Endpoints do not wait for each other. A killed process leaves its deliveries to the others when their lease is over.
 */
export class EventDispatcher implements AsyncDisposable {
  readonly #ports: Ports
  readonly #makeLink: MakeReconnectLink
  readonly #loop: WakeLoop
  readonly #stopListening: () => void
  readonly #stopping = new AbortController()
  readonly #busy = new Map<string, number>()
  readonly #calls = new Set<Promise<void>>()
  #failingCalls = 0

  constructor(ports: Ports, makeLink: MakeReconnectLink) {
    this.#ports = ports
    this.#makeLink = makeLink
    this.#loop = new WakeLoop({
      pollMs: POLL_MS,
      work: async () => await this.#work(),
      onError: (error) => ports.log.warn({ err: error }, 'host events could not be looked at'),
    })
    this.#stopListening = ports.signals.onWork('host-events', () => this.#loop.wake())
    this.#loop.wake()
  }

  /** Begins what is due; each call that ends looks for the next. */
  async #work(): Promise<boolean> {
    const max = CALLS_MAX - this.#calls.size
    if (max <= 0) return false
    const { db, clock, random } = this.#ports
    const nowMs = clock.now()
    const claimed = await claimDeliveries(db.relaxed, {
      // A claim of its own each time: even this process, when it was frozen, is not taken for who holds it now.
      owner: random.uuid(nowMs),
      now: new Date(nowMs),
      leaseMs: LEASE_MS,
      busy: this.#busy,
      perEndpointMax: CALLS_PER_ENDPOINT_MAX,
      max,
      startAt: random.bytes(16).toString('hex'),
      failingMax: FAILING_CALLS_MAX - this.#failingCalls,
    })
    const targets = new Map<string, Promise<Target | undefined>>()
    for (const delivery of claimed) {
      const { endpoint_id: endpointId } = delivery
      const target = targets.get(endpointId) ?? this.#loadTarget(endpointId)
      targets.set(endpointId, target)
      this.#begin(delivery, target)
    }
    return false
  }

  async #loadTarget(endpointId: string): Promise<Target | undefined> {
    const { db, clock } = this.#ports
    const found = await selectTarget(db, endpointId, new Date(clock.now()))
    if (found === undefined) return undefined
    const { endpoint, secrets } = found
    try {
      const opened = secrets.map(
        async (secret) => await openSecret(this.#ports, endpoint.tenant_id, secret),
      )
      return { url: endpoint.url, secrets: await Promise.all(opened) }
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error
      const why = { reason: 'secret_lost', result: null } as const
      const ended = await db.transaction(
        async (tx) => await disableEndpoint(this.#ports, tx, endpointId, why),
      )
      if (ended !== undefined) tellEndpoint(this.#ports, ended)
      return undefined
    }
  }

  #begin(delivery: ClaimedDelivery, target: Promise<Target | undefined>): void {
    const { endpoint_id: endpointId, is_failing: isFailing } = delivery
    this.#busy.set(endpointId, (this.#busy.get(endpointId) ?? 0) + 1)
    if (isFailing) this.#failingCalls += 1
    const call = this.#tell(delivery, target)
      .catch((error: unknown) => {
        // It stays leased, and is tried again when the lease is over.
        this.#ports.log.warn({ err: error, event: delivery.id }, 'a host event could not be told')
      })
      .finally(() => {
        const left = (this.#busy.get(endpointId) ?? 1) - 1
        if (left > 0) this.#busy.set(endpointId, left)
        else this.#busy.delete(endpointId)
        if (isFailing) this.#failingCalls -= 1
        this.#calls.delete(call)
        this.#loop.wake()
      })
    this.#calls.add(call)
  }

  async #tell(delivery: ClaimedDelivery, loading: Promise<Target | undefined>): Promise<void> {
    const target = await loading
    const { relaxed } = this.#ports.db
    // Disabled or deleted a moment ago: what waits, waits.
    if (target === undefined) return await releaseDelivery(relaxed, delivery)
    const told = await deliverEvent(
      this.#ports,
      delivery,
      target,
      this.#makeLink,
      this.#stopping.signal,
    )
    if (told.to === 'stopped') return await releaseDelivery(relaxed, delivery)
    const nowMs = this.#ports.clock.now()
    const attempt = this.#attemptOf(delivery, told, nowMs)
    const result = attempt.state === 'pending' ? 'retried' : attempt.state
    this.#ports.metrics.hostEventCalls.add(1, { result })
    // What is lost with the machine is told again, under its old id.
    if (told.to === 'taken') return void (await recordAttempt(relaxed, delivery, attempt))
    const ended = await relaxed.transaction(async (db) => {
      const noted = await recordAttempt(db, delivery, attempt)
      if (noted === undefined) return undefined
      const { failingSince } = noted
      const isFailing = failingSince !== null && nowMs - failingSince.getTime() >= GIVE_UP_MS
      const reason = told.to === 'gone' ? 'gone' : isFailing ? 'failing' : undefined
      if (reason === undefined) return undefined
      const { result } = told
      return await disableEndpoint(this.#ports, db, delivery.endpoint_id, { reason, result })
    })
    if (ended !== undefined) tellEndpoint(this.#ports, ended)
    this.#log(delivery, told.result)
  }

  #attemptOf(
    { attempts, first_attempt_at }: ClaimedDelivery,
    told: Exclude<Told, { to: 'stopped' }>,
    nowMs: number,
  ): Attempt {
    const { to, result } = told
    const base = { at: new Date(nowMs), result, retryAt: null, counts: to !== 'unreadable' }
    if (to === 'taken') return { ...base, state: 'delivered' }
    if (to !== 'refused') return { ...base, state: 'failed' }
    const firstAttemptMs = first_attempt_at?.getTime() ?? nowMs
    const againMs = retryAt({ attempts, firstAttemptMs, nowMs }, this.#ports.random.fraction())
    if (againMs === undefined) return { ...base, state: 'failed' }
    return { ...base, state: 'pending', retryAt: new Date(againMs) }
  }

  #log({ id: event, endpoint_id: endpoint, attempts }: ClaimedDelivery, result: string): void {
    const fields = { event, endpoint, attempts: attempts + 1, result }
    this.#ports.log.info(fields, 'a host event was not taken')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopListening()
    await this.#loop[Symbol.asyncDispose]()
    const timer = setTimeout(() => this.#stopping.abort(), STOP_WAIT_MS)
    await Promise.all(this.#calls)
    clearTimeout(timer)
  }
}
