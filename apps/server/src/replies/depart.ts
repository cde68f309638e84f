import { openContent } from '#conversations/message-content.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import type { UsableGrant } from '#tokens/schema.ts'
import { windowEndsAtMs } from './choose-step.ts'
import { decideTurn } from './decide-turn.ts'
import type { Question, TurnDraft } from './decide-turn.ts'
import type { Departure, Head, Lane, LaneFacts, Leaving } from './schema.ts'
import type { Sending } from './send-part.ts'
import type { Release } from './store-lanes.ts'
import { LINES_PER_TURN_MAX } from './store-load.ts'
import { markSending } from './store-parts.ts'
import { insertTurns } from './store-turns.ts'
import { isHandoverWanted, tellHandovers } from './tell-handovers.ts'

/** Answers dropped for newer lines; after so many the next one stays. */
const DROPS_MAX = 3

type Speaking = { readonly facts: LaneFacts; readonly grant: UsableGrant }

/** What became of lanes that had something to say. */
export type Outgoing = {
  /** Committed as `sending`: the call is to be made, and nothing else may come between. */
  readonly leaves: readonly Leaving[]
  /** Nothing to send now. */
  readonly stays: readonly Release[]
  readonly fails: readonly { readonly lane: Lane; readonly error: unknown }[]
  /** May not be said any more. */
  readonly stops: readonly { readonly facts: LaneFacts; readonly head: Head }[]
}

/** Decides answers and commits them, all together, the first message of each as `sending`. */
export async function commitAnswers(
  { ports, heartbeat }: Sending,
  turns: readonly Speaking[],
): Promise<Outgoing> {
  const drafts: (TurnDraft & Speaking)[] = []
  const fails: { lane: Lane; error: unknown }[] = []
  for (const { facts, grant } of turns) {
    try {
      drafts.push({ ...(await decideTurn(ports, await questionOf(ports, facts))), facts, grant })
    } catch (error) {
      fails.push({ lane: facts.lane, error })
    }
  }
  if (drafts.length === 0) return { leaves: [], stays: [], fails, stops: [] }

  const nowMs = ports.clock.now()
  const markedMs = ports.clock.monotonicMs()
  const canDepart = heartbeat.isFresh()
  const committed = await withHandovers(
    ports,
    drafts,
    async (db) =>
      await insertTurns(
        db,
        drafts.map(({ turn, facts }) => ({ ...turn, fence: facts.lane.fence })),
        drafts.flatMap((draft) =>
          draft.parts.map(({ turn, message, sealed, kind, isFirst }) => {
            return { turn, message, sealed, kind, isFirst, departs: canDepart && isFirst }
          }),
        ),
        heartbeat.owner,
        new Date(nowMs),
      ),
  )
  const stands = new Set(committed.map((row) => row.conversation))
  const leaves: Leaving[] = []
  const stays: Release[] = []
  for (const { facts, parts, turn, grant } of drafts) {
    const [first] = parts
    const { lane } = facts
    if (stands.has(lane.conversationId) && first !== undefined && canDepart) {
      const departure: Departure = {
        lane,
        igsid: facts.igsid,
        messageId: first.message,
        turnId: turn.id,
        author: 'automation',
        humanAgent: false,
        tries: 0,
        queuedAtMs: nowMs,
        answersSinceMs: Math.min(...facts.lines.map(({ receivedAtMs }) => receivedAtMs)),
        windowEndsAtMs: windowEndsAtMs(facts, false),
        markedMs,
        content: first.content,
      }
      leaves.push({ departure, grant })
      continue
    }
    // Something happened meanwhile (look again at once), or there is nothing to say.
    const isSilent = stands.has(lane.conversationId) && first === undefined
    const isDone = isSilent && facts.lines.length < LINES_PER_TURN_MAX
    stays.push({ lane, nextMs: isDone ? null : 0 })
  }
  return { leaves, stays, fails, stops: [] }
}

/** Commits turns; those that hand over are told with it, when the host wants to know. */
async function withHandovers(
  ports: Sending['ports'],
  drafts: readonly TurnDraft[],
  commit: (db: Queryable) => Promise<{ conversation: string }[]>,
): Promise<{ conversation: string }[]> {
  const turns = drafts.map(({ turn }) => turn).filter((turn) => isHandoverWanted(ports, turn))
  if (turns.length === 0) return await commit(ports.db)
  return await ports.db.transaction(async (db) => {
    const committed = await commit(db)
    const stands = new Set(committed.map((row) => row.conversation))
    await tellHandovers(
      ports,
      db,
      turns.filter((turn) => stands.has(turn.conversation)),
    )
    return committed
  })
}

async function questionOf(ports: Pick<Ports, 'vault'>, facts: LaneFacts): Promise<Question> {
  const { lane, automation, person, lineEpoch, stopEpoch, sealedFlowState } = facts
  const { tenantId, connectionId, conversationId } = lane
  const sealer = await ports.vault.tenant(tenantId)
  return {
    tenantId,
    connectionId,
    conversationId,
    automation,
    person,
    lineEpoch,
    stopEpoch,
    sealedFlowState,
    covers: facts.lines.map((line) => line.messageId),
    lines: facts.lines
      .filter((line) => !line.isPast)
      .map(({ messageId, sealed }) =>
        sealed === null ? {} : openContent(sealer, messageId, sealed),
      ),
  }
}

/** Marks queued messages as `sending`, those that may still be said. */
export async function markDepartures(
  { ports, heartbeat }: Sending,
  sends: readonly (Speaking & { readonly head: Head })[],
): Promise<Outgoing> {
  if (sends.length === 0) return { leaves: [], stays: [], fails: [], stops: [] }
  const markedMs = ports.clock.monotonicMs()
  const marked = await markSending(
    ports.db,
    sends.map(({ facts, head }) => ({
      tenant: facts.lane.tenantId,
      conversation: facts.lane.conversationId,
      message: head.messageId,
      fence: facts.lane.fence,
      keeps: facts.lane.drops >= DROPS_MAX,
      windowMs: windowEndsAtMs({ windowOpenedAtMs: 0 }, head.humanAgent),
    })),
    heartbeat.owner,
    new Date(ports.clock.now()),
  )
  const allowed = new Set(marked.map((row) => row.message))
  const isAllowed = ({ head }: { readonly head: Head }): boolean => allowed.has(head.messageId)
  return {
    leaves: sends
      .filter(isAllowed)
      .map(({ facts, head, grant }) => ({ departure: departureOf(facts, head, markedMs), grant })),
    stays: [],
    fails: [],
    stops: sends.filter((send) => !isAllowed(send)),
  }
}

/** A queued message as it leaves. */
export function departureOf(facts: LaneFacts, head: Head, markedMs: number): Departure {
  const { messageId, turnId, author, humanAgent, tries, queuedAtMs, content } = head
  const message = { messageId, turnId, author, humanAgent, tries, queuedAtMs, content }
  return {
    ...message,
    lane: facts.lane,
    igsid: facts.igsid,
    // Its lines are answered and wait no more; when they came is not looked up again.
    answersSinceMs: author === 'automation' && head.isFirst ? queuedAtMs : undefined,
    windowEndsAtMs: windowEndsAtMs(facts, humanAgent),
    markedMs,
  }
}
