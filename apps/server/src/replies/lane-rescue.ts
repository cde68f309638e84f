import type { Ports } from '#ports/ports.ts'
import { findDeadWorkers, rouseForsaken } from './store-lanes.ts'

/** How often workers are looked at. */
const LOOK_MS = 1000
/** Without a death nothing is forsaken but what a lost commit left. */
const SWEEP_MS = 10_000
/** Nothing is under way for so long between its commit and its call. */
const LOST_MS = 5000

/**
 * Finds the lanes that were taken by an answer at once and are held by nobody who lives: they are not `ready`, and would
 * wait for the next line. Their open messages are looked through when a worker has died, and now and then.
 */
export class LaneRescue {
  readonly #ports: Pick<Ports, 'db' | 'clock'>
  readonly #owner: string
  /** The last signs of life of workers whose lanes were looked for. */
  #dead = new Map<string, number>()
  #lookAtMs = Number.NEGATIVE_INFINITY
  #sweepAtMs = Number.NEGATIVE_INFINITY

  constructor(ports: Pick<Ports, 'db' | 'clock'>, owner: string) {
    this.#ports = ports
    this.#owner = owner
  }

  /** @param held conversations this worker works on. */
  async look(held: readonly string[]): Promise<void> {
    const { clock, db } = this.#ports
    const nowMs = clock.monotonicMs()
    if (nowMs < this.#lookAtMs) return
    this.#lookAtMs = nowMs + LOOK_MS
    const dead = new Map(
      (await findDeadWorkers(db.relaxed)).map((one) => [one.id, one.seen_at.getTime()]),
    )
    const isNews = [...dead].some(([id, seenMs]) => this.#dead.get(id) !== seenMs)
    if (!isNews && nowMs < this.#sweepAtMs) return
    await rouseForsaken(db.relaxed, {
      owner: this.#owner,
      held,
      before: new Date(clock.now() - LOST_MS),
    })
    this.#dead = dead
    this.#sweepAtMs = nowMs + SWEEP_MS
  }
}
