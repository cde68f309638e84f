import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { Igsid } from '@parley/instagram/ids.ts'
import type { ConversationRow } from '#conversations/schema.ts'
import type { Ports } from '#ports/ports.ts'
import { useGrant } from '#tokens/use-grant.ts'

const GESTURE_TIMEOUT_MS = 3000

/**
 * Shows the person that their line was read, or that somebody types. As well as can be: never repeated, and Meta not
 * taking it changes nothing.
 *
 * @throws AppError `tokens/needs-reauth`.
 */
export async function showGesture(
  ports: Ports,
  conversation: ConversationRow,
  gesture: 'mark_seen' | 'typing_on',
): Promise<void> {
  const connection = {
    tenantId: conversation.tenant_id,
    connectionId: conversation.connection_id,
  }
  const grant = await useGrant(ports, connection, 'gesture')
  const node = { login: grant.login, id: grant.nodeId, token: grant.token }
  try {
    // An id that was read by a schema before it was stored.
    const to = conversation.igsid as Igsid
    await ports.graph.sendSenderAction(
      node,
      to,
      { action: gesture },
      { timeoutMs: GESTURE_TIMEOUT_MS },
    )
  } catch (error) {
    if (!(error instanceof GraphError) && !(error instanceof HttpFailure)) throw error
    ports.log.debug({ conversationId: conversation.id, gesture }, 'a gesture was not taken')
  }
}
