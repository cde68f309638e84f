import { AppError } from '@parley/contract/app-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { Igsid } from '@parley/instagram/ids.ts'
import type { ThreadMessage, ThreadReading } from '@parley/instagram/read-conversation.ts'
import { findKnownLines } from '#conversations/find-known-lines.ts'
import type { Ports } from '#ports/ports.ts'
import { useGrant } from '#tokens/use-grant.ts'
import type { UsableGrant } from '#tokens/schema.ts'
import { windowEndsAtMs } from './choose-step.ts'
import type { Head, LaneFacts } from './schema.ts'
import { isSameText } from './settle-by-echo.ts'
import { noteAbsence, queueAgain, settleSent } from './store-parts.ts'
import type { Held } from './store-parts.ts'
import { tellSettled } from './tell-settled.ts'

/** Meta's clock and ours may differ by so much. */
const CLOCK_SLACK_MS = 5000
/** Between two reads that together prove absence, and after one that proved nothing. */
const READ_AGAIN_MS = 20_000
/** Beyond this nothing can be proven any more: Meta shows the newest messages only. */
const PROVABLE_FOR_MS = 10 * 60 * 1000
/** Half of Meta's limit for reading conversations. */
const READ_PAUSE_MS = 1000

export type Settled = 'sent' | 'again' | 'later' | 'unprovable'

/** When each account's conversations were last read by this process. */
const lastReadMs = new Map<string, number>()

/**
 * Looks up whether a message whose outcome is unknown is in the conversation. Found: it is sent. Absent from two whole
 * reads twenty seconds apart: it is queued again. Neither within ten minutes: a person must look.
 *
 * @returns `later` leaves the next look in the part's `next_at`.
 */
export async function settlePart(
  ports: Ports,
  facts: LaneFacts,
  head: Head,
  owner: string,
): Promise<{ settled: Settled; waitMs: number }> {
  const { lane } = facts
  const held = { ...lane, messageId: head.messageId, owner }
  const nowMs = ports.clock.now()
  const attemptAtMs = head.attemptAtMs ?? head.queuedAtMs
  const isTooLate =
    nowMs - attemptAtMs > PROVABLE_FOR_MS || windowEndsAtMs(facts, head.humanAgent) <= nowMs
  if (isTooLate) return { settled: 'unprovable', waitMs: 0 }

  const monotonicMs = ports.clock.monotonicMs()
  const pauseMs =
    (lastReadMs.get(lane.connectionId) ?? -READ_PAUSE_MS) + READ_PAUSE_MS - monotonicMs
  if (pauseMs > 0) return { settled: 'later', waitMs: pauseMs + 50 * ports.random.fraction() }
  lastReadMs.set(lane.connectionId, monotonicMs)

  const reading = await read(ports, facts)
  if (reading === undefined) return await lookLater(ports, held, false)
  const found = await findMatch(ports, facts, head, reading, attemptAtMs)
  if (found !== undefined) {
    const sent = { ...lane, messageId: head.messageId, mid: found.mid }
    await ports.db.transaction(async (db) => {
      const nature = await settleSent(db, sent)
      if (nature !== undefined) await tellSettled(ports, db, [{ ...sent, ...nature }])
    })
    return { settled: 'sent', waitMs: 0 }
  }
  if (!isComplete(reading, attemptAtMs)) return await lookLater(ports, held, false)
  const firstAbsentMs = head.firstAbsentAtMs ?? nowMs
  if (head.absentReads >= 1 && nowMs - firstAbsentMs >= READ_AGAIN_MS) {
    await queueAgain(ports.db, held, new Date(nowMs))
    return { settled: 'again', waitMs: 0 }
  }
  return await lookLater(ports, held, true)
}

async function read(
  ports: Ports,
  facts: LaneFacts,
): Promise<(ThreadReading & { grant: UsableGrant }) | undefined> {
  try {
    const grant = await useGrant(ports, facts.lane, 'settle')
    const node = { login: grant.login, id: grant.nodeId, token: grant.token }
    // An id that was read by a schema before it was stored.
    const thread = await ports.graph.findConversation(node, facts.igsid as Igsid)
    if (thread === undefined) return undefined
    return { ...(await ports.graph.readConversation(node, thread.id)), grant }
  } catch (error) {
    if (error instanceof GraphError || error instanceof HttpFailure) return undefined
    // Without a token nothing can be read; after a reconnect it can.
    if (error instanceof AppError && error.code === 'tokens/needs-reauth') return undefined
    throw error
  }
}

/** The oldest message of the account that could be ours: written since, saying the same, and not known here. */
async function findMatch(
  ports: Pick<Ports, 'db'>,
  facts: LaneFacts,
  head: Head,
  reading: ThreadReading & { readonly grant: UsableGrant },
  attemptAtMs: number,
): Promise<ThreadMessage | undefined> {
  const { lane } = facts
  const { accountId, nodeId } = reading.grant
  const candidates = reading.messages.filter(
    (message) =>
      (message.fromId === accountId || message.fromId === nodeId) &&
      (message.atMs ?? 0) >= attemptAtMs - CLOCK_SLACK_MS &&
      isSameText(head.content.text, message.text),
  )
  const known = await findKnownLines(
    ports.db,
    candidates.map((message) => ({ ...lane, mid: message.mid })),
  )
  return candidates.findLast((_, n) => known[n] === undefined)
}

/** The read reaches back beyond the attempt, so what it does not show is not there. */
function isComplete(reading: ThreadReading, attemptAtMs: number): boolean {
  if (reading.unreadable > 0) return false
  const oldest = reading.messages.at(-1)
  return reading.isWhole || (oldest?.atMs ?? Infinity) < attemptAtMs - CLOCK_SLACK_MS
}

async function lookLater(
  ports: Pick<Ports, 'db' | 'clock'>,
  held: Held,
  counts: boolean,
): Promise<{ settled: Settled; waitMs: number }> {
  const nowMs = ports.clock.now()
  const nextAt = new Date(nowMs + READ_AGAIN_MS)
  await noteAbsence(ports.db, held, { at: new Date(nowMs), counts, nextAt })
  return { settled: 'later', waitMs: READ_AGAIN_MS }
}
