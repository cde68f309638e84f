import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { WakeLoop } from '#ports/wake-loop.ts'
import { acksInHand } from './acks-in-hand.ts'
import type { AnswersAtOnce } from '#conversations/answers-at-once.ts'
import type { SettleByEcho } from './carry-out.ts'
import { countWorked } from './count-worked.ts'
import { ingestDeliveries, NOTHING } from './ingest-deliveries.ts'
import type { Ingested } from './ingest-deliveries.ts'
import { isPassingFailure } from '#ports/database-failure.ts'
import { LifeSigns } from './life-signs.ts'
import { recordFailure, takeDelivery, takeStoredDeliveries } from './store.ts'
import type { StoredDelivery } from './store.ts'

/** A batch is in memory as a whole, opened and read. */
const BATCH_MAX = { count: 128, bytes: 8 * 1024 * 1024 }
/** A batch cut off by its bytes has at least so many: no body has more than the rest. */
const BATCH_BYTES_FULL = BATCH_MAX.bytes - 3 * 1024 * 1024
const POLL_MS = 1000
/** After answers could not be written with their lines. */
const DISTRUST_MS = 10_000
/** A delivery that fails by itself this often is given up: kept, shown, answered by nobody. */
const ATTEMPTS_MAX = 8
/** So many deliveries waiting for their commit, on average, are a flood. */
const FLOOD = 24
/** After a batch, so many times its length is left to the flood; never more than the second. */
const YIELD_FACTOR = 8
const YIELD_MS_MAX = 800
/** How often it is looked whether the flood is over. */
const YIELD_STEP_MS = 20
/** After so many failures its events are worked apart. */
const ATTEMPTS_TOGETHER_MAX = 1
/** What came before is no failure of now: it is worked again, or very late. */
const FAILS_NOW_MS = 60 * 60_000
/** After a failure that says nothing about the delivery. */
const PASSING_MS = 1000
const RETRY_MS = [200, 1000, 5000, 15_000, 60_000, 300_000, 900_000] as const

/** The neighbour who sends, handed in by the worker. */
export type DeliveryNeighbour = {
  readonly settleByEcho: SettleByEcho
  /** For one transaction that stores lines. */
  readonly beginAnswers?: () => AnswersAtOnce
}

/**
 * Works stored deliveries, oldest first, in batches of one transaction each.
 *
 *     idle ──wake or poll──▶ batch ──more──▶ batch … ──none left──▶ idle
 *     batch fails ─▶ each delivery alone ─▶ fails again: waits its turn, at last given up
 *
 * A killed process leaves nothing behind: its transaction is rolled back, and the rows are still stored.
 */
export class DeliveryIngester implements AsyncDisposable {
  readonly #ports: Ports
  readonly #neighbour: DeliveryNeighbour
  readonly #lifeSigns: LifeSigns
  readonly #stopListening: () => void
  readonly #loop: WakeLoop
  #batchBeganMs = 0
  /** Answers at once are left out until then. */
  #distrustUntilMs = 0

  constructor(ports: Ports, neighbour: DeliveryNeighbour) {
    this.#ports = ports
    this.#neighbour = neighbour
    this.#lifeSigns = new LifeSigns(ports)
    this.#loop = new WakeLoop({
      pollMs: POLL_MS,
      work: async () => await this.#work(),
      // The database is away, or a batch failed in parts.
      onError: (error) => ports.log.error({ err: error }, 'deliveries could not be worked'),
    })
    this.#stopListening = ports.signals.onWork('deliveries', () => this.#loop.wake())
    this.#loop.wake()
  }

  /** Returns whether there may be more. */
  async #work(): Promise<boolean> {
    const isMore = await this.#batch()
    if (isMore) await this.#yieldToAcks()
    return isMore
  }

  /** In a flood most of the machine belongs to acknowledging: what is stored can wait. */
  async #yieldToAcks(): Promise<void> {
    const { clock } = this.#ports
    const beganMs = clock.monotonicMs()
    const yieldMs = Math.min(YIELD_MS_MAX, (beganMs - this.#batchBeganMs) * YIELD_FACTOR)
    const isFlood = (): boolean => acksInHand(this.#ports) > FLOOD
    while (!this.#loop.isStopped && isFlood() && clock.monotonicMs() - beganMs < yieldMs) {
      await sleep(YIELD_STEP_MS)
    }
  }

  /** Returns whether there may be more. */
  async #batch(): Promise<boolean> {
    const { db } = this.#ports
    this.#batchBeganMs = this.#ports.clock.monotonicMs()
    const { settleByEcho } = this.#neighbour
    const answers = this.#beginAnswers()
    const sender = answers === undefined ? { settleByEcho } : { settleByEcho, answers }
    let taken: readonly StoredDelivery[] = []
    let ingested = NOTHING
    try {
      // What is lost with the machine is still stored, and worked again.
      await db.relaxed.transaction(async (on) => {
        taken = await takeStoredDeliveries(on, BATCH_MAX)
        if (taken.length === 0) return
        ingested = await ingestDeliveries({ ports: this.#ports, sender }, on, taken)
      })
    } catch (error) {
      if (taken.length === 0) throw error
      await this.#oneByOne(taken, await this.#causeOf(error, answers))
      return isFull(taken)
    }
    answers?.depart()
    if (taken.length > 0) this.#tell(ingested, answers?.answered)
    return isFull(taken)
  }

  /** Not for a while after one of its transactions failed: then each line waits for its lane. */
  #beginAnswers(): AnswersAtOnce | undefined {
    const isTrusted = this.#ports.clock.monotonicMs() >= this.#distrustUntilMs
    return isTrusted ? this.#neighbour.beginAnswers?.() : undefined
  }

  /** What is thrown first may only say that something else failed before. */
  async #causeOf(error: unknown, answers: AnswersAtOnce | undefined): Promise<unknown> {
    try {
      await answers?.written()
      return error
    } catch (cause) {
      this.#distrustUntilMs = this.#ports.clock.monotonicMs() + DISTRUST_MS
      return cause
    }
  }

  #tell(ingested: Ingested, answered?: ReadonlySet<string>): void {
    const { happenings, signs, notUnderstood } = ingested
    countWorked(this.#ports.metrics, ingested)
    this.#noteFailed(notUnderstood)
    const isWork = happenings.some(({ kind, id }) => kind === 'conversation' && !answered?.has(id))
    if (isWork) this.#ports.signals.wake('lanes')
    this.#ports.signals.tell(happenings)
    this.#lifeSigns.note(signs)
  }

  /** Counts deliveries of Meta, each once however much in it failed. */
  #noteFailed(rows: readonly StoredDelivery[]): void {
    const sinceMs = this.#ports.clock.now() - FAILS_NOW_MS
    const count = rows.filter((row) => row.received_at.getTime() > sinceMs).length
    if (count === 0) return
    this.#ports.measures.note({ kind: 'webhooks', subject: 'all', isFailed: true, count })
  }

  /** A batch failed: whatever is wrong with one delivery must not hold back its neighbours. */
  async #oneByOne(rows: readonly StoredDelivery[], cause: unknown): Promise<void> {
    const { db, log } = this.#ports
    log.warn(
      { err: cause, deliveries: rows.length },
      'a batch of deliveries failed; each is tried alone',
    )
    for (const row of rows) {
      if (this.#loop.isStopped) return
      try {
        const ingested = await db.transaction(async (on) => {
          const alone = await takeDelivery(on, row.id, row.part)
          if (alone === undefined) return NOTHING
          const manner = alone.attempts >= ATTEMPTS_TOGETHER_MAX ? 'apart' : 'together'
          const { settleByEcho } = this.#neighbour
          const ingesting = { ports: this.#ports, sender: { settleByEcho } }
          return await ingestDeliveries(ingesting, on, [alone], manner)
        })
        this.#tell(ingested)
      } catch (error) {
        await this.#failed(row, error)
      }
    }
  }

  async #failed(row: StoredDelivery, error: unknown): Promise<void> {
    const { db, log, metrics } = this.#ports
    log.error({ err: error, delivery: row.id, attempts: row.attempts + 1 }, 'a delivery failed')
    // When even this cannot be written the database is away: the row is untouched, and taken again.
    await db.run(sql`select 1`)
    if (isPassingFailure(error)) {
      await recordFailure(db, row, { waitMs: PASSING_MS, counts: false })
      return
    }
    metrics.deliveryFailures.add(1)
    const waitMs = RETRY_MS[row.attempts]
    const isLast = row.attempts + 1 >= ATTEMPTS_MAX || waitMs === undefined
    if (isLast) this.#noteFailed([row])
    await recordFailure(
      db,
      row,
      isLast ? { detail: 'its work failed again and again' } : { waitMs, counts: true },
    )
    if (isLast) metrics.deliveriesWorked.add(1, { state: 'given_up' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopListening()
    await this.#loop[Symbol.asyncDispose]()
    await this.#lifeSigns[Symbol.asyncDispose]()
  }
}

function isFull(taken: readonly StoredDelivery[]): boolean {
  const bytes = taken.reduce((sum, row) => sum + row.sealed.length, 0)
  return taken.length === BATCH_MAX.count || bytes > BATCH_BYTES_FULL
}
