import assert from 'node:assert/strict'
import type { AnswersAtOnce, FreshLine } from '#conversations/answers-at-once.ts'
import type { Queryable } from '#ports/database.ts'
import type { UsableGrant } from '#tokens/schema.ts'
import { useGrant } from '#tokens/use-grant.ts'
import { windowEndsAtMs } from './choose-step.ts'
import { decideTurn } from './decide-turn.ts'
import type { TurnDraft } from './decide-turn.ts'
import type { PromptConnections } from './prompt-connections.ts'
import type { Departure } from './schema.ts'
import type { SendBudget } from './send-budget.ts'
import type { Sending } from './send-part.ts'
import { findIdleConversations, insertAnswers } from './store-answers.ts'
import type { IdleConversation } from './store-answers.ts'

export type Leaves = { readonly departure: Departure; readonly grant: UsableGrant }

type Candidate = {
  readonly idle: IdleConversation
  readonly lines: readonly FreshLine[]
  readonly grant: UsableGrant
  readonly openedMs: number | null
  readonly windowEndsMs: number
}

type Draft = Candidate & { readonly draft: TurnDraft }

/**
 * Decides answers in the transaction that stores their lines, where nothing is to be waited for: no quiet time, nothing
 * under way in the conversation, the account able to send. Everything else is left to the lanes, which find out the same
 * by themselves.
 *
 * @param countMax conversations there are slots for.
 */
export function answerAtOnce(
  sending: Sending,
  { budget, prompt }: { readonly budget: SendBudget; readonly prompt: PromptConnections },
  countMax: number,
): Omit<AnswersAtOnce, 'depart'> & { readonly leaves: readonly Leaves[] } {
  const leaves: Leaves[] = []
  const answered = new Set<string>()
  let idle: readonly IdleConversation[] = []
  let granted = new Map<string, number>()
  let writing = Promise.resolve()
  return {
    leaves,
    answered,
    async written() {
      for (const [connectionId, left] of granted) budget.giveBack(connectionId, left)
      granted.clear()
      await writing
    },
    async look(db, conversations) {
      if (countMax <= 0 || !sending.heartbeat.isFresh()) return
      const connections = await prompt.among(db, conversations)
      const able = conversations.filter(({ connectionId }) => connections.has(connectionId))
      if (able.length === 0) return
      const ids = new Set(able.map(({ conversationId }) => conversationId))
      const asked = Map.groupBy(able, ({ connectionId }) => connectionId)
      ;[idle, granted] = await Promise.all([
        findIdleConversations(db, [...ids]),
        budget.take(new Map([...asked].map(([id, some]) => [id, some.length]))),
      ])
    },
    async answer(db, lines) {
      const candidates = await findCandidates(sending, idle, lines)
      const able = takeGranted(candidates.slice(0, countMax), granted)
      const drafts: Draft[] = []
      for (const one of able) {
        const draft = await decide(sending, one)
        if (draft !== undefined) drafts.push({ ...one, draft })
      }
      if (drafts.length === 0) return answered
      for (const one of drafts) answered.add(one.idle.id)
      writing = write(sending, db, drafts).then((written) => void leaves.push(...written))
      // Whoever waits for it hears of it; a transaction that fails before does not.
      writing.catch(() => undefined)
      return answered
    },
  }
}

async function findCandidates(
  { ports, circuits }: Sending,
  idles: readonly IdleConversation[],
  fresh: readonly FreshLine[],
): Promise<Candidate[]> {
  const linesOf = Map.groupBy(fresh, (one) => one.conversationId)
  const nowMs = ports.clock.now()
  const candidates: Candidate[] = []
  for (const idle of idles) {
    const lines = (linesOf.get(idle.id) ?? []).toSorted((a, b) => a.line.atMs - b.line.atMs)
    const [first] = lines
    if (first === undefined || !lines.some(({ line }) => line.answerable)) continue
    const opened = lines.filter(({ line }) => line.opensWindow).map(({ line }) => line.atMs)
    const openedMs = opened.length === 0 ? null : Math.max(...opened)
    const windowOpenedAtMs = Math.max(openedMs ?? 0, idle.window_opened_at?.getTime() ?? 0)
    const windowEndsMs = windowEndsAtMs({ windowOpenedAtMs }, false)
    const isPast = lines.some(
      ({ line }) => windowEndsAtMs({ windowOpenedAtMs: line.atMs }, false) <= nowMs,
    )
    if (windowEndsMs <= nowMs || isPast) continue
    const grant = await grantOf(ports, first)
    if (grant === undefined || circuits.isOpen({ ...first.line, host: grant.login })) continue
    candidates.push({ idle, lines, grant, openedMs, windowEndsMs })
  }
  return candidates
}

/** Undefined when there is none that may be used: the lane says why. */
async function grantOf(
  ports: Sending['ports'],
  { line }: FreshLine,
): Promise<UsableGrant | undefined> {
  try {
    return await useGrant(ports, line, 'send')
  } catch {
    return undefined
  }
}

/** As many of each account as may be sent now; what is left over stays in `granted`. */
function takeGranted(candidates: readonly Candidate[], granted: Map<string, number>): Candidate[] {
  return candidates.filter(({ grant: { connectionId } }) => {
    const left = granted.get(connectionId) ?? 0
    if (left > 0) granted.set(connectionId, left - 1)
    return left > 0
  })
}

/** Undefined when the responder fails: the lane tries again, and says so. */
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
  } catch {
    return undefined
  }
}

async function write(
  { ports, heartbeat }: Sending,
  db: Queryable,
  drafts: readonly Draft[],
): Promise<Leaves[]> {
  const nowMs = ports.clock.now()
  const markedMs = ports.clock.monotonicMs()
  const lanes = await insertAnswers(
    db,
    drafts.map(({ draft, lines, openedMs }) => ({
      ...draft.turn,
      newest: Math.max(...lines.map(({ line }) => line.atMs)),
      opened: openedMs,
    })),
    drafts.flatMap(({ draft }) =>
      draft.parts.map(({ turn, message, sealed, kind, isFirst }) => {
        return { turn, message, sealed, kind, isFirst }
      }),
    ),
    heartbeat.owner,
    new Date(nowMs),
  )
  const laneOf = new Map(lanes.map((lane) => [lane.conversation, lane]))
  return drafts.flatMap(({ draft, grant, idle, lines, windowEndsMs }) => {
    const [part] = draft.parts
    const [first] = lines
    if (part === undefined || first === undefined) return []
    const lane = laneOf.get(idle.id)
    assert(lane !== undefined, 'the lane of an idle conversation was not free')
    const departure: Departure = {
      lane: {
        conversationId: idle.id,
        tenantId: grant.tenantId,
        connectionId: grant.connectionId,
        wanted: lane.wanted,
        fence: lane.fence,
        failures: lane.failures,
        drops: lane.drops,
      },
      igsid: first.line.igsid,
      messageId: part.message,
      turnId: draft.turn.id,
      author: 'automation',
      humanAgent: false,
      tries: 0,
      queuedAtMs: nowMs,
      windowEndsAtMs: windowEndsMs,
      markedMs,
      content: part.content,
    }
    return [{ departure, grant }]
  })
}
