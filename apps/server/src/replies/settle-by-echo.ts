import { openContent } from '#conversations/message-content.ts'
import type { IncomingLine } from '#conversations/schema.ts'
import { wakeConversation } from '#conversations/wake-conversation.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import type { Queryable } from '#ports/database.ts'
import { findConversationId } from './store-echo.ts'
import { tellSettled } from './tell-settled.ts'
import { findUnderWay, settleSent } from './store-parts.ts'

/**
 * Whether an echo with an unknown mid is the trace of a message this server is sending: it fits (kind and text) the
 * oldest one under way, which is `sent` then. While one is under way that it does not fit, it waits: an answer of
 * Meta's on its way may name this very mid. The conversation must be locked.
 */
export async function settleByEcho(
  ports: HostEventPorts,
  db: Queryable,
  echo: IncomingLine,
): Promise<{ found: 'settled' | 'wait' | 'nobody'; conversationId: string | null }> {
  const conversationId = await findConversationId(db, echo)
  if (conversationId === undefined) return { found: 'nobody', conversationId: null }
  const underWay = await findUnderWay(db, conversationId)
  if (underWay.length === 0) return { found: 'nobody', conversationId }

  const sealer = await ports.vault.tenant(echo.tenantId)
  for (const message of underWay) {
    const content =
      message.sealed === null ? {} : openContent(sealer, message.message_id, message.sealed)
    if (!isSameText(content.text, echo.content.text)) continue
    const { tenantId, connectionId, mid } = echo
    const sent = { tenantId, connectionId, conversationId, messageId: message.message_id, mid }
    const nature = await settleSent(db, sent)
    if (nature !== undefined) await tellSettled(ports, db, [{ ...sent, ...nature }])
    // What stands behind it in the conversation may go on.
    await wakeConversation(db, {
      tenant_id: echo.tenantId,
      connection_id: echo.connectionId,
      id: conversationId,
    })
    return { found: 'settled', conversationId }
  }
  const isSending = underWay.some((message) => message.status === 'sending')
  return { found: isSending ? 'wait' : 'nobody', conversationId }
}

/** Meta trims what it is sent. */
export function isSameText(ours: string | undefined, theirs: string | undefined): boolean {
  return (ours ?? '').trim() === (theirs ?? '').trim()
}
