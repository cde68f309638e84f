import { recordHostEvent } from '#host-events/record-host-event.ts'
import type { HostEventFact, HostEventPorts } from '#host-events/schema.ts'
import type { ConnectionKey } from '#conversations/schema.ts'
import type { Queryable } from '#ports/database.ts'
import type { MessageNature } from './store-parts.ts'

/** A message that is sent, under this mid, or failed, for this reason. */
export type Settled = ConnectionKey &
  MessageNature & { readonly conversationId: string; readonly messageId: string } & (
    | { readonly mid: string }
    | { readonly code: string }
  )

/** Tells the host what became of messages, in the transaction that settles them. */
export async function tellSettled(
  ports: HostEventPorts,
  db: Queryable,
  messages: readonly Settled[],
): Promise<void> {
  await recordHostEvent(ports, db, messages.map(eventOf))
}

function eventOf(message: Settled): HostEventFact {
  const { tenantId, connectionId, conversationId, messageId, author, kind } = message
  const about = { conversationId, messageId, author, kind }
  return 'mid' in message
    ? { type: 'message.sent', tenantId, connectionId, data: { ...about, mid: message.mid } }
    : { type: 'message.failed', tenantId, connectionId, data: { ...about, error: message.code } }
}
