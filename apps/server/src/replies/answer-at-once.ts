import assert from 'node:assert/strict'
import type { AnswersAtOnce, FreshLine } from '#conversations/answers-at-once.ts'
import type { ConnectionKey } from '#conversations/schema.ts'
import type { Queryable } from '#ports/database.ts'
import { findKeptGrant } from '#tokens/find-kept-grant.ts'
import type { UsableGrant } from '#tokens/schema.ts'
import { windowEndsAtMs } from './choose-step.ts'
import { decideTurn } from './decide-turn.ts'
import type { TurnDraft } from './decide-turn.ts'
import type { PromptConnections } from './prompt-connections.ts'
import type { Departure, Leaving } from './schema.ts'
import type { SendBudget } from './send-budget.ts'
import type { Sending } from './send-part.ts'
import { findIdleConversations, insertAnswers } from './store-answers.ts'
import type { IdleConversation } from './store-answers.ts'
import { LINES_PER_TURN_MAX } from './store-load.ts'
import { tellHandovers } from './tell-handovers.ts'

/** What a worker's steps share. */
export type Means = {
  readonly sending: Sending
  readonly budget: SendBudget
  readonly prompt: PromptConnections
}

type Candidate = {
  readonly idle: IdleConversation
  readonly lines: readonly FreshLine[]
  readonly grant: UsableGrant
  readonly openedMs: number | null
  readonly windowEndsMs: number
}

type Decided = Candidate & { readonly draft: TurnDraft }

/**
 * Decides answers in the transaction that stores their lines, where nothing is to be waited for: no quiet time, nothing
 * under way in the conversation, the account able to send. Everything else is left to the lanes, which find out the same
 * by themselves. Of one transaction:
 *
 *     look (which conversations are idle) ──▶ answer (decide, begin to write) ──▶ written ──▶ commit ──▶ `leaving` is sent
 */
export class AnswerAtOnce implements Omit<AnswersAtOnce, 'depart'> {
  readonly #means: Means
  /** Conversations there are slots for. */
  readonly #countMax: number
  #idle: readonly IdleConversation[] = []
  /** Sends left of those asked for, by connection. */
  #granted: ReadonlyMap<string, number> = new Map()
  #writing: Promise<void> = Promise.resolve()
  readonly answered = new Set<string>()
  readonly leaving: Leaving[] = []

  constructor(means: Means, countMax: number) {
    this.#means = means
    this.#countMax = countMax
  }

  async look(
    db: Queryable,
    conversations: readonly (ConnectionKey & { readonly conversationId: string })[],
  ): Promise<void> {
    const { sending, budget, prompt } = this.#means
    if (this.#countMax <= 0 || !sending.heartbeat.isFresh()) return
    const connections = await prompt.among(db, conversations)
    const able = conversations.filter(
      ({ connectionId }) => connections.has(connectionId) && !budget.isShort(connectionId),
    )
    if (able.length === 0) return
    const wanted = new Map(
      able.map(({ conversationId, connectionId }) => [conversationId, connectionId]),
    )
    const asked = Map.groupBy(wanted.values(), (connectionId) => connectionId)
    const [idle, granted] = await Promise.all([
      findIdleConversations(db, [...wanted.keys()]),
      budget.take(new Map([...asked].map(([id, some]) => [id, some.length]))),
    ])
    this.#idle = idle
    this.#granted = granted
  }

  async answer(db: Queryable, lines: readonly FreshLine[]): Promise<ReadonlySet<string>> {
    const { sending, budget } = this.#means
    const candidates = findCandidates(sending, this.#idle, lines).slice(0, this.#countMax)
    const left = new Map(this.#granted)
    const decided: Decided[] = []
    for (const candidate of candidates) {
      const { connectionId } = candidate.grant
      const count = left.get(connectionId) ?? 0
      if (count <= 0) continue
      const draft = await decide(sending, candidate)
      if (draft === undefined) continue
      left.set(connectionId, count - 1)
      decided.push({ ...candidate, draft })
    }
    for (const [connectionId, count] of left) budget.giveBack(connectionId, count)
    if (decided.length === 0) return this.answered
    for (const { idle } of decided) this.answered.add(idle.id)
    this.#writing = this.#write(db, decided)
    // Whoever waits for it hears of it; a transaction that fails before does not.
    this.#writing.catch(() => undefined)
    return this.answered
  }

  async written(): Promise<void> {
    await this.#writing
  }

  async #write(db: Queryable, decided: readonly Decided[]): Promise<void> {
    const { ports, heartbeat } = this.#means.sending
    const nowMs = ports.clock.now()
    const markedMs = ports.clock.monotonicMs()
    const lanes = await insertAnswers(
      db,
      decided.map(({ draft, lines, openedMs, idle }) => ({
        ...draft.turn,
        fence: idle.fence + 1,
        newest: Math.max(...lines.map(({ line }) => line.atMs)),
        opened: openedMs,
        parts: draft.parts,
      })),
      heartbeat.owner,
      new Date(nowMs),
    )
    await tellHandovers(
      ports,
      db,
      decided.map(({ draft }) => draft.turn),
    )
    const laneOf = new Map(lanes.map((lane) => [lane.conversationId, lane]))
    for (const { draft, lines, grant, idle, windowEndsMs } of decided) {
      const [part] = draft.parts
      if (part === undefined) continue
      const lane = laneOf.get(idle.id)
      assert(lane !== undefined, 'the lane of an idle conversation was not free')
      const departure: Departure = {
        lane,
        igsid: idle.igsid,
        messageId: part.message,
        turnId: draft.turn.id,
        author: 'automation',
        humanAgent: false,
        tries: 0,
        queuedAtMs: nowMs,
        answersSinceMs: Math.min(nowMs, ...lines.map(({ line }) => line.receivedAtMs ?? nowMs)),
        windowEndsAtMs: windowEndsMs,
        markedMs,
        content: part.content,
      }
      this.leaving.push({ departure, grant })
    }
  }
}

function findCandidates(
  { ports, circuits }: Sending,
  idles: readonly IdleConversation[],
  fresh: readonly FreshLine[],
): Candidate[] {
  const linesOf = Map.groupBy(fresh, (one) => one.conversationId)
  const nowMs = ports.clock.now()
  return idles.flatMap((idle): Candidate[] => {
    if (idle.automation.responder !== 'flow' || idle.automation.quietMs > 0) return []
    const lines = (linesOf.get(idle.id) ?? []).toSorted((a, b) => a.line.atMs - b.line.atMs)
    const [first] = lines
    const answerable = lines.filter(({ line }) => line.answerable)
    if (first === undefined || answerable.length === 0) return []
    if (answerable.length > LINES_PER_TURN_MAX) return []

    const opened = lines.filter(({ line }) => line.opensWindow).map(({ line }) => line.atMs)
    const openedMs = opened.length === 0 ? null : Math.max(...opened)
    const windowOpenedAtMs = Math.max(openedMs ?? 0, idle.window_opened_at?.getTime() ?? 0)
    const windowEndsMs = windowEndsAtMs({ windowOpenedAtMs }, false)
    const isPast = windowEndsAtMs({ windowOpenedAtMs: first.line.atMs }, false) <= nowMs
    if (windowEndsMs <= nowMs || isPast) return []
    const grant = findKeptGrant(ports, first.line)
    if (grant === undefined || circuits.isOpen({ ...first.line, host: grant.login })) return []
    return [{ idle, lines, grant, openedMs, windowEndsMs }]
  })
}

/** Undefined when the responder fails: the lane asks it again, and says so. */
async function decide(
  { ports }: Sending,
  { idle, lines, grant }: Candidate,
): Promise<TurnDraft | undefined> {
  const answerable = lines.filter(({ line }) => line.answerable)
  try {
    return await decideTurn(ports, {
      tenantId: grant.tenantId,
      connectionId: grant.connectionId,
      conversationId: idle.id,
      automation: idle.automation,
      person: { name: idle.name, username: idle.username },
      lineEpoch: idle.line_epoch + answerable.length,
      stopEpoch: idle.stop_epoch,
      sealedFlowState: idle.sealed_flow_state,
      covers: answerable.map(({ messageId }) => messageId),
      lines: answerable.map(({ line }) => line.content),
    })
  } catch (error) {
    ports.log.debug({ err: error, conversationId: idle.id }, 'an answer is left to its lane')
    return undefined
  }
}
