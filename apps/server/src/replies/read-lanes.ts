import { MESSAGING_WINDOW_MS } from '@parley/instagram/limits.ts'
import { openContent } from '#conversations/message-content.ts'
import type { Sealer } from '#ports/cipher.ts'
import type { Ports } from '#ports/ports.ts'
import type { Head, Lane, LaneFacts, WaitingLine } from './schema.ts'
import { loadConversations } from './store-load.ts'
import type { ConversationFacts, HeadRow } from './store-load.ts'

export type LaneReading =
  | { readonly lane: Lane; readonly facts: LaneFacts }
  | { readonly lane: Lane; readonly error: unknown }

/** Reads what claimed lanes need, all together. A lane whose values do not open fails alone. */
export async function readLanes(
  ports: Pick<Ports, 'db' | 'clock' | 'vault'>,
  lanes: readonly Lane[],
): Promise<LaneReading[]> {
  const ids = lanes.map((lane) => lane.conversationId)
  const pastMs = ports.clock.now() - MESSAGING_WINDOW_MS
  const conversations = await loadConversations(ports.db.relaxed, ids)
  const conversationOf = new Map(conversations.map((row) => [row.id, row]))
  return await Promise.all(
    lanes.map(async (lane): Promise<LaneReading> => {
      try {
        const conversation = conversationOf.get(lane.conversationId)
        if (conversation === undefined) throw new Error('a lane without its conversation')
        const sealer = await ports.vault.tenant(lane.tenantId)
        return { lane, facts: readFacts(sealer, lane, conversation, pastMs) }
      } catch (error) {
        return { lane, error }
      }
    }),
  )
}

function readFacts(sealer: Sealer, lane: Lane, row: ConversationFacts, pastMs: number): LaneFacts {
  return {
    lane,
    igsid: row.igsid,
    mode: row.mode,
    lineEpoch: row.line_epoch,
    stopEpoch: row.stop_epoch,
    windowOpenedAtMs: row.window_opened_at?.getTime() ?? null,
    sealedFlowState: row.sealed_flow_state,
    automation: row.automation,
    person: { name: row.name, username: row.username },
    head: row.message_id === null ? undefined : readHead(sealer, row),
    lines: (row.lines ?? []).map(([messageId, atMs, receivedAtMs, sealed]): WaitingLine => ({
      messageId,
      receivedAtMs,
      isPast: atMs <= pastMs,
      sealed: sealed === null ? null : Buffer.from(sealed, 'base64'),
    })),
  }
}

function readHead(sealer: Sealer, row: HeadRow): Head {
  return {
    messageId: row.message_id,
    status: row.status,
    author: row.author,
    turnId: row.turn_id,
    isFirst: row.is_first,
    stopEpoch: row.part_stop_epoch,
    humanAgent: row.human_agent,
    fence: row.fence,
    tries: row.tries,
    queuedAtMs: row.queued_at.getTime(),
    attemptAtMs: row.attempt_at?.getTime() ?? null,
    nextAtMs: row.next_at.getTime(),
    absentReads: row.absent_reads,
    firstAbsentAtMs: row.first_absent_at?.getTime() ?? null,
    content: row.sealed === null ? {} : openContent(sealer, row.message_id, row.sealed),
  }
}
