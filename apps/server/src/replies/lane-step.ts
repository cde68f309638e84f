import { AppError } from '@parley/contract/app-error.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import { handToHuman } from '#conversations/hand-to-human.ts'
import type { UsableGrant } from '#tokens/schema.ts'
import { useGrant } from '#tokens/use-grant.ts'
import { AnswerAtOnce } from './answer-at-once.ts'
import { chooseStep, SETTLE_AFTER_MS, windowEndsAtMs } from './choose-step.ts'
import type { Step } from './choose-step.ts'
import { commitAnswers, departureOf, markDepartures } from './depart.ts'
import type { Outgoing } from './depart.ts'
import { PromptConnections } from './prompt-connections.ts'
import { allOver, LaneKeeper } from './lane-keeper.ts'
import { readLanes } from './read-lanes.ts'
import { ResultRecorder } from './result-recorder.ts'
import type { Departure, Head, Lane, LaneFacts, Leaving } from './schema.ts'
import { SendBudget } from './send-budget.ts'
import { sendPart, withoutGrant } from './send-part.ts'
import type { Sending } from './send-part.ts'
import { settlePart } from './settle-part.ts'
import { giveUpAnswer, stopAnswer } from './stop-answer.ts'
import type { Release } from './store-lanes.ts'
import { markDoubtful } from './store-parts.ts'
import { lockWindow } from './store-stop.ts'

/** The account's send limit is reached: look again when the bucket has a few. */
const BUDGET_PAUSE_MS = 60
/** Nothing may be sent for this connection: its grant is dead or Meta is away. Lines wait. */
const GRANT_PAUSE_MS = 60_000
const CIRCUIT_PAUSE_MS = 1000

type Chosen = { readonly facts: LaneFacts; readonly step: Step }

/** One step of any number of lanes: what they have in common is done together, each failure stays alone. */
export class LaneStep implements AsyncDisposable {
  readonly #sending: Sending
  readonly #keeper: LaneKeeper
  readonly #budget: SendBudget
  readonly #prompt: PromptConnections
  readonly #recorder: ResultRecorder

  constructor(sending: Sending) {
    this.#sending = sending
    this.#keeper = new LaneKeeper(sending.ports)
    this.#budget = new SendBudget(sending.ports)
    this.#prompt = new PromptConnections(sending.ports.clock)
    this.#recorder = new ResultRecorder(sending.ports)
  }

  /** For one transaction that stores lines; `depart` what it committed. */
  answerAtOnce(countMax: number): AnswerAtOnce {
    const means = { sending: this.#sending, budget: this.#budget, prompt: this.#prompt }
    return new AnswerAtOnce(means, countMax)
  }

  /** Sends what is committed as `sending`, and gives each lane back. */
  async depart(leaving: readonly Leaving[], free: (lane: Lane) => void): Promise<void> {
    await allOver(
      leaving.map(async ({ departure, grant }) => {
        await this.#keeper.alone(
          departure.lane,
          async () => await this.#send(departure, grant, free),
          free,
        )
      }),
    )
  }

  /** Takes each lane's next step and gives it back; `free` is called as each is. */
  async take(lanes: readonly Lane[], free: (lane: Lane) => void): Promise<void> {
    const { ports } = this.#sending
    const nowMs = ports.clock.now()
    const readings = await readLanes(ports, lanes)
    const chosen: Chosen[] = []
    const work: Promise<void>[] = []
    const alone = (lane: Lane, run: () => Promise<Release | undefined>): void => {
      work.push(this.#keeper.alone(lane, run, free))
    }
    for (const reading of readings) {
      if ('error' in reading) {
        alone(reading.lane, async () => await Promise.reject(reading.error))
        continue
      }
      const { facts } = reading
      const step = chooseStep(facts, nowMs)
      chosen.push({ facts, step })
      if (step.step === 'settle') {
        alone(facts.lane, async () => await this.#settle(facts, step.head))
      }
      if (step.step === 'miss') alone(facts.lane, async () => await this.#miss(facts))
    }
    work.push(this.#rest(chosen, free), this.#speak(chosen, free))
    await allOver(work)
  }

  /** Lanes with nothing to do now, and those whose send another worker left in doubt. */
  async #rest(chosen: readonly Chosen[], free: (lane: Lane) => void): Promise<void> {
    const { ports } = this.#sending
    const doubtful = chosen.flatMap(({ facts, step }) =>
      step.step === 'doubt' ? [{ facts, head: step.head }] : [],
    )
    if (doubtful.length > 0) {
      await markDoubtful(
        ports.db,
        doubtful.map(({ facts, head }) => ({
          tenantId: facts.lane.tenantId,
          messageId: head.messageId,
        })),
      )
    }
    const releases: Release[] = chosen.flatMap(({ facts: { lane }, step }) => {
      if (step.step === 'rest') return [{ lane, nextMs: step.nextMs }]
      if (step.step === 'doubt') return [{ lane, nextMs: settleInMs(step.head, ports.clock.now()) }]
      return []
    })
    await this.#keeper.release(releases, free)
  }

  /** Lanes that say something: decide, commit, call, record. */
  async #speak(chosen: readonly Chosen[], free: (lane: Lane) => void): Promise<void> {
    const { ports, circuits } = this.#sending
    const releases: Release[] = []
    const speaking: (Chosen & { readonly grant: UsableGrant })[] = []
    const departures: Promise<void>[] = []
    for (const one of chosen) {
      if (one.step.step !== 'send' && one.step.step !== 'turn') continue
      const { lane } = one.facts
      try {
        const grant = await useGrant(ports, lane, 'send')
        const isOpen = circuits.isOpen({ ...lane, host: grant.login })
        if (isOpen) releases.push({ lane, nextMs: CIRCUIT_PAUSE_MS })
        else speaking.push({ ...one, grant })
      } catch (error) {
        departures.push(
          this.#keeper.alone(lane, async () => await this.#withoutGrant(one, error), free),
        )
      }
    }

    const granted = await this.#grantBudget(speaking)
    const able = speaking.filter((one) => granted.has(one.facts.lane))
    for (const one of speaking) {
      if (!able.includes(one)) releases.push({ lane: one.facts.lane, nextMs: BUDGET_PAUSE_MS })
    }
    const turns = able.filter((one) => one.step.step === 'turn')
    const sends = able.flatMap(({ facts, step, grant }) =>
      step.step === 'send' ? [{ facts, grant, head: step.head }] : [],
    )
    const leaving = await Promise.all([
      orFailing(turns, commitAnswers(this.#sending, turns)),
      orFailing(sends, markDepartures(this.#sending, sends)),
    ])
    for (const { leaves, stays, fails, stops } of leaving) {
      releases.push(...stays)
      departures.push(this.depart(leaves, free))
      for (const { lane, error } of fails) {
        departures.push(this.#keeper.alone(lane, async () => await Promise.reject(error), free))
      }
      for (const { facts, head } of stops) {
        departures.push(
          this.#keeper.alone(facts.lane, async () => await this.#stop(facts, head), free),
        )
      }
    }
    await allOver([...departures, this.#keeper.release(releases, free)])
  }

  async #grantBudget(speaking: readonly { readonly facts: LaneFacts }[]): Promise<Set<Lane>> {
    const lanes = speaking.map((one) => one.facts.lane)
    if (lanes.length === 0) return new Set()
    const asked = new Map<string, number>()
    for (const lane of lanes) asked.set(lane.connectionId, (asked.get(lane.connectionId) ?? 0) + 1)
    const left = await this.#budget.take(asked)
    const granted = new Set<Lane>()
    for (const lane of lanes) {
      const tokens = left.get(lane.connectionId) ?? 0
      if (tokens <= 0) continue
      left.set(lane.connectionId, tokens - 1)
      granted.add(lane)
    }
    return granted
  }

  async #send(
    departure: Departure,
    grant: UsableGrant,
    free: (lane: Lane) => void,
  ): Promise<undefined> {
    const result = await sendPart(this.#sending, departure, grant)
    if (result.status === 'failed') {
      await giveUpAnswer(this.#sending.ports, departure.lane, { ...departure, code: result.code })
    }
    await this.#recorder.record(result)
    free(departure.lane)
    return undefined
  }

  async #stop(facts: LaneFacts, head: Head): Promise<Release> {
    await stopAnswer(this.#sending.ports, facts, head)
    this.#keeper.tell(facts.lane)
    return { lane: facts.lane, nextMs: 0 }
  }

  async #withoutGrant({ facts, step }: Chosen, error: unknown): Promise<Release> {
    const { lane } = facts
    const { ports } = this.#sending
    const isDead = error instanceof AppError && error.code === 'tokens/needs-reauth'
    if (!isDead) throw error
    if (step.step !== 'send') return { lane, nextMs: GRANT_PAUSE_MS }
    const { head } = step
    const markedMs = ports.clock.monotonicMs()
    const result = withoutGrant(ports, departureOf(facts, head, markedMs), error)
    if (result.status === 'failed') {
      await giveUpAnswer(ports, lane, { ...head, code: result.code })
      this.#keeper.tell(lane)
      return { lane, nextMs: 0 }
    }
    return { lane, nextMs: GRANT_PAUSE_MS }
  }

  async #settle(facts: LaneFacts, head: Head): Promise<Release> {
    const { ports, heartbeat } = this.#sending
    const { lane } = facts
    const { settled, waitMs } = await settlePart(ports, facts, head, heartbeat.owner)
    if (settled === 'unprovable') {
      const code: ErrorCode = 'replies/outcome-unknown'
      await giveUpAnswer(ports, lane, { messageId: head.messageId, turnId: head.turnId, code })
    }
    if (settled !== 'later') this.#keeper.tell(lane)
    return { lane, nextMs: waitMs }
  }

  /** The window closed before anything was said. */
  async #miss(facts: LaneFacts): Promise<Release> {
    const nowMs = this.#sending.ports.clock.now()
    await this.#sending.ports.db.transaction(async (db) => {
      const now = await lockWindow(db, facts.lane)
      const isStill = now.mode === 'automated' && windowEndsAtMs(now, false) <= nowMs
      if (isStill || (now.mode === 'automated' && facts.lines.every((line) => line.isPast))) {
        await handToHuman(this.#sending.ports, db, facts.lane, 'replies/window-closed')
      }
    })
    this.#keeper.tell(facts.lane)
    return { lane: facts.lane, nextMs: null }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#recorder[Symbol.asyncDispose]()
  }
}

/** A statement for many lanes failed: each of them did, and looks again later. */
async function orFailing(
  speaking: readonly { readonly facts: LaneFacts }[],
  leaving: Promise<Outgoing>,
): Promise<Outgoing> {
  try {
    return await leaving
  } catch (error) {
    const fails = speaking.map(({ facts: { lane } }) => ({ lane, error }))
    return { leaves: [], stays: [], fails, stops: [] }
  }
}

const settleInMs = (head: Head, nowMs: number): number =>
  Math.max(0, (head.attemptAtMs ?? nowMs) + SETTLE_AFTER_MS - nowMs)
