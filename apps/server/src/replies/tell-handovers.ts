import { recordHostEvent } from '#host-events/record-host-event.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import { wantsHostEvent } from '#host-events/wants-host-event.ts'
import type { Queryable } from '#ports/database.ts'
import type { NewTurn } from './store-turns.ts'

type Handover = Pick<NewTurn, 'tenant' | 'connection' | 'conversation' | 'handover'>

const TYPE = 'conversation.handed_over'

/** Answers that give the conversation to a person, where the host wants to know. */
export function isHandoverWanted(ports: HostEventPorts, { handover, tenant }: Handover): boolean {
  return handover && wantsHostEvent(ports, TYPE, tenant)
}

/** Tells the host, in the transaction that commits the answers. */
export async function tellHandovers(
  ports: HostEventPorts,
  db: Queryable,
  turns: readonly Handover[],
): Promise<void> {
  await recordHostEvent(
    ports,
    db,
    turns
      .filter((turn) => turn.handover)
      .map(({ tenant: tenantId, connection: connectionId, conversation: conversationId }) => {
        return { type: TYPE, tenantId, connectionId, data: { conversationId, reason: 'handover' } }
      }),
  )
}
