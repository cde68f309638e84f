import { openContent } from '#conversations/message-content.ts'
import type { Ports } from '#ports/ports.ts'
import type { Lane, LaneFacts } from './schema.ts'
import { loadConversations, loadHeads, loadWaitingLines } from './store-load.ts'

export type LaneReading =
  | { readonly lane: Lane; readonly facts: LaneFacts }
  | { readonly lane: Lane; readonly error: unknown }

/** Reads what claimed lanes need, all together. A lane whose values do not open fails alone. */
export async function readLanes(
  ports: Pick<Ports, 'db' | 'vault'>,
  lanes: readonly Lane[],
): Promise<LaneReading[]> {
  const ids = lanes.map((lane) => lane.conversationId)
  const [conversations, heads, waiting] = await Promise.all([
    loadConversations(ports.db.relaxed, ids),
    loadHeads(ports.db.relaxed, ids),
    loadWaitingLines(ports.db, ids),
  ])
  const conversationOf = new Map(conversations.map((row) => [row.id, row]))
  const headOf = new Map(heads.map((row) => [row.conversation_id, row]))
  const linesOf = Map.groupBy(waiting, (row) => row.conversation_id)

  return await Promise.all(
    lanes.map(async (lane): Promise<LaneReading> => {
      try {
        const conversation = conversationOf.get(lane.conversationId)
        if (conversation === undefined) throw new Error('a lane without its conversation')
        const sealer = await ports.vault.tenant(lane.tenantId)
        const head = headOf.get(lane.conversationId)
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
          head:
            head === undefined
              ? undefined
              : {
                  messageId: head.message_id,
                  status: head.status,
                  author: head.author,
                  turnId: head.turn_id,
                  isFirst: head.is_first,
                  humanAgent: head.human_agent,
                  fence: head.fence,
                  tries: head.tries,
                  queuedAtMs: head.queued_at.getTime(),
                  attemptAtMs: head.attempt_at?.getTime() ?? null,
                  nextAtMs: head.next_at.getTime(),
                  absentReads: head.absent_reads,
                  firstAbsentAtMs: head.first_absent_at?.getTime() ?? null,
                  content:
                    head.sealed === null ? {} : openContent(sealer, head.message_id, head.sealed),
                },
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
