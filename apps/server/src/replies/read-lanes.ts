import { openContent } from '#conversations/message-content.ts'
import type { Ports } from '#ports/ports.ts'
import type { Sealer } from '#ports/cipher.ts'
import type { Head, Lane, LaneFacts } from './schema.ts'
import { loadConversations, loadWaitingLines } from './store-load.ts'
import type { HeadRow } from './store-load.ts'

export type LaneReading =
  | { readonly lane: Lane; readonly facts: LaneFacts }
  | { readonly lane: Lane; readonly error: unknown }

/** Reads what claimed lanes need, all together. A lane whose values do not open fails alone. */
export async function readLanes(
  ports: Pick<Ports, 'db' | 'vault'>,
  lanes: readonly Lane[],
): Promise<LaneReading[]> {
  const ids = lanes.map((lane) => lane.conversationId)
  const [conversations, waiting] = await Promise.all([
    loadConversations(ports.db.relaxed, ids),
    loadWaitingLines(ports.db.relaxed, ids),
  ])
  const conversationOf = new Map(conversations.map((row) => [row.id, row]))
  const linesOf = Map.groupBy(waiting, (row) => row.conversation_id)

  return await Promise.all(
    lanes.map(async (lane): Promise<LaneReading> => {
      try {
        const conversation = conversationOf.get(lane.conversationId)
        if (conversation === undefined) throw new Error('a lane without its conversation')
        const sealer = await ports.vault.tenant(lane.tenantId)
        const facts: LaneFacts = {
          lane,
          igsid: conversation.igsid,
          mode: conversation.mode,
          lineEpoch: conversation.line_epoch,
          stopEpoch: conversation.stop_epoch,
          windowOpenedAtMs: conversation.window_opened_at?.getTime() ?? null,
          sealedFlowState: conversation.sealed_flow_state,
          automation: conversation.automation,
          person: { name: conversation.name, username: conversation.username },
          head: conversation.message_id === null ? undefined : readHead(sealer, conversation),
          lines: (linesOf.get(lane.conversationId) ?? []).map((row) => ({
            messageId: row.message_id,
            receivedAtMs: row.received_at.getTime(),
            content: row.sealed === null ? {} : openContent(sealer, row.message_id, row.sealed),
          })),
        }
        return { lane, facts }
      } catch (error) {
        return { lane, error }
      }
    }),
  )
}

function readHead(sealer: Sealer, row: HeadRow): Head {
  return {
    messageId: row.message_id,
    status: row.status,
    author: row.author,
    turnId: row.turn_id,
    isFirst: row.is_first,
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
