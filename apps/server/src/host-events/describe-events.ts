import type { HostEvent, HostEventBody } from '@parley/contract/host-event.ts'
import { UnsealError } from '#ports/cipher.ts'
import type { Ports } from '#ports/ports.ts'
import { openEvent } from './open-event.ts'
import type { DeliveryRow, EventRow } from './schema.ts'
import { selectDeliveries } from './store-events.ts'

/** Events with what became of telling those endpoints that the caller may see. */
export async function describeEvents(
  ports: Pick<Ports, 'db' | 'vault'>,
  visible: readonly string[] | null,
  rows: readonly EventRow[],
): Promise<HostEvent[]> {
  const deliveries = await selectDeliveries(ports.db, visible, rows)
  return await Promise.all(
    rows.map(async (row) => ({
      ...(await openOrName(ports, row)),
      deliveries: deliveries.filter(({ event_id }) => event_id === row.id).map(describeDelivery),
    })),
  )
}

/** One that does not open is still in the list, with what is known of it in plain. */
async function openOrName(ports: Pick<Ports, 'vault'>, row: EventRow): Promise<HostEventBody> {
  try {
    return await openEvent(ports, row)
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error
    const data = { tenantId: row.tenant_id, connectionId: row.connection_id }
    return { id: row.id, type: row.type, timestamp: row.created_at.toISOString(), data }
  }
}

function describeDelivery(row: DeliveryRow): HostEvent['deliveries'][number] {
  return {
    endpointId: row.endpoint_id,
    state: row.state,
    attempts: row.attempts,
    lastAttemptAt: row.last_attempt_at?.toISOString() ?? null,
    lastResult: row.last_result,
    nextAttemptAt: row.state === 'pending' ? row.next_at.toISOString() : null,
  }
}
