import { recordHostEvent } from '#host-events/record-host-event.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import type { Queryable } from '#ports/database.ts'
import type { ConnectionKey } from './schema.ts'
import { setMode } from './store-conversations.ts'

/**
 * The automation cannot go on: a person gets the conversation, with the code that says why. The conversation must be
 * locked.
 */
export async function handToHuman(
  ports: HostEventPorts,
  db: Queryable,
  conversation: ConnectionKey & { readonly conversationId: string },
  reason: string,
): Promise<void> {
  const { tenantId, connectionId, conversationId } = conversation
  await setMode(db, conversationId, 'human', reason, null)
  const type = 'conversation.handed_over'
  const data = { conversationId, reason }
  await recordHostEvent(ports, db, { type, tenantId, connectionId, data })
}
