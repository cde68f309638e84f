import type { AnswersAtOnce } from '#conversations/answers-at-once.ts'
import type { Ports } from '#ports/ports.ts'
import { WakeLoop } from '#ports/wake-loop.ts'
import { Circuits } from './circuits.ts'
import { Heartbeat } from './heartbeat.ts'
import { LaneRescue } from './lane-rescue.ts'
import { LaneStep } from './lane-step.ts'
import { probeMeta } from './probe-meta.ts'
import { claimLanes, findNextReady, rouseAll, rouseConnections } from './store-lanes.ts'
import type { Lane } from './schema.ts'
import { watchCircuits } from './watch-circuits.ts'

/** Conversations in flight at once: almost all of them wait for Meta's answer. */
const SLOTS_MAX = 256
const CLAIM_MAX = 64
const POLL_MS = 1000
/** The clock people see ran away from the monotonic one by so much: it was moved. */
const CLOCK_JUMP_MS = 2000

/**
 * Serves lanes: claims ready ones in batches and lets each take its step. Claiming is serial, steps run side by side.
 *
 *     idle ──wake or poll──▶ claim ──lanes──▶ step (not waited for) ──▶ claim …
 *     claim finds none, or every slot is taken ──▶ idle until a wake, a poll, or a slot is free
 */
export class LaneRunner implements AsyncDisposable {
  readonly #ports: Ports
  readonly #heartbeat: Heartbeat
  readonly #circuits: Circuits
  readonly #step: LaneStep
  readonly #rescue: LaneRescue
  readonly #stopListening: () => void
  readonly #stopCounting: () => void
  readonly #loop: WakeLoop
  readonly #steps = new Set<Promise<void>>()
  /** Conversations whose lanes this worker holds, each with its fence. */
  readonly #held = new Map<string, number>()
  #alarm: NodeJS.Timeout | undefined
  #clockOffsetMs: number

  private constructor(ports: Ports, heartbeat: Heartbeat) {
    this.#ports = ports
    this.#heartbeat = heartbeat
    this.#circuits = new Circuits(ports.clock, {
      probe: async (line) => await probeMeta(ports, line),
      onClosed: (connectionIds) => void this.#rouse(connectionIds),
    })
    this.#step = new LaneStep({ ports, heartbeat, circuits: this.#circuits })
    this.#rescue = new LaneRescue(ports, heartbeat.owner)
    this.#clockOffsetMs = ports.clock.now() - ports.clock.monotonicMs()
    this.#loop = new WakeLoop({
      pollMs: POLL_MS,
      work: async () => await this.#claim(),
      onError: (error) => ports.log.error({ err: error }, 'lanes could not be claimed'),
    })
    this.#stopListening = ports.signals.onWork('lanes', () => this.#loop.wake())
    this.#stopCounting = watchCircuits(ports.metrics, this.#circuits)
    this.#loop.wake()
  }

  static async start(ports: Ports): Promise<LaneRunner> {
    const owner = ports.random.uuid(ports.clock.now())
    return new LaneRunner(ports, await Heartbeat.start(ports, owner))
  }

  /** Whether it is worth claiming again at once. */
  async #claim(): Promise<boolean> {
    this.#watchClock()
    const countMax = Math.min(CLAIM_MAX, SLOTS_MAX - this.#held.size)
    if (countMax <= 0 || !this.#heartbeat.isFresh()) return false
    await this.#rescue.look([...this.#held.keys()])
    const lanes = await claimLanes(this.#ports.db.relaxed, {
      owner: this.#heartbeat.owner,
      countMax,
      held: [...this.#held.keys()],
      except: this.#circuits.blocked(),
    })
    if (lanes.length > 0) this.#start(lanes, async (free) => await this.#step.take(lanes, free))
    if (lanes.length === countMax) return true
    await this.#wakeInTime()
    return false
  }

  /** A lane that gets ready before the next poll is not kept waiting for it. */
  async #wakeInTime(): Promise<void> {
    const readyInMs = await findNextReady(this.#ports.db.relaxed)
    if (readyInMs === undefined || readyInMs > POLL_MS || this.#loop.isStopped) return
    clearTimeout(this.#alarm)
    this.#alarm = setTimeout(() => {
      this.#alarm = undefined
      this.#loop.wake()
    }, readyInMs)
  }

  /**
   * For one transaction that stores lines: those that need not wait are answered in it, and what it decided is sent when
   * `depart` says that it is committed.
   */
  beginAnswers(): AnswersAtOnce {
    const slots = this.#loop.isStopped ? 0 : SLOTS_MAX - this.#held.size
    const answers = this.#step.answerAtOnce(slots)
    const { leaving } = answers
    return {
      look: async (db, conversations) => await answers.look(db, conversations),
      answer: async (db, lines) => await answers.answer(db, lines),
      written: async () => await answers.written(),
      answered: answers.answered,
      depart: () => {
        if (leaving.length === 0) return
        this.#start(
          leaving.map(({ departure }) => departure.lane),
          async (free) => await this.#step.depart(leaving, free),
        )
      },
    }
  }

  #start(lanes: readonly Lane[], work: (free: (lane: Lane) => void) => Promise<void>): void {
    for (const lane of lanes) this.#held.set(lane.conversationId, lane.fence)
    const free = (lane: Lane): void => {
      const wasFull = this.#held.size >= SLOTS_MAX
      if (this.#held.get(lane.conversationId) === lane.fence) {
        this.#held.delete(lane.conversationId)
      }
      if (wasFull) this.#loop.wake()
    }
    const tracked = work(free)
      .catch((error: unknown) => {
        this.#ports.log.error({ err: error }, 'a lane step broke; its lanes are claimed again')
        for (const lane of lanes) free(lane)
      })
      .finally(() => {
        this.#steps.delete(tracked)
      })
    this.#steps.add(tracked)
  }

  async #rouse(connectionIds: readonly string[]): Promise<void> {
    try {
      await rouseConnections(this.#ports.db, connectionIds, new Date(this.#ports.clock.now()))
      this.#loop.wake()
    } catch (error) {
      this.#ports.log.warn(
        { err: error },
        'waiting messages could not be roused; their pause ends by itself',
      )
    }
  }

  #watchClock(): void {
    const offsetMs = this.#ports.clock.now() - this.#ports.clock.monotonicMs()
    if (Math.abs(offsetMs - this.#clockOffsetMs) < CLOCK_JUMP_MS) return
    this.#clockOffsetMs = offsetMs
    rouseAll(this.#ports.db).then(
      () => this.#loop.wake(),
      (error: unknown) => this.#ports.log.warn({ err: error }, 'lanes could not be roused'),
    )
  }

  /** Finishes the steps under way; what they did not get to stays for others. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopListening()
    this.#stopCounting()
    await this.#loop[Symbol.asyncDispose]()
    clearTimeout(this.#alarm)
    await Promise.allSettled(this.#steps)
    await this.#step[Symbol.asyncDispose]()
    this.#circuits[Symbol.dispose]()
    await this.#heartbeat[Symbol.asyncDispose]()
  }
}
