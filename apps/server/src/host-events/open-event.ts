import { HostEventData } from '@parley/contract/host-event.ts'
import type { HostEventBody } from '@parley/contract/host-event.ts'
import type { Ports } from '#ports/ports.ts'
import type { EventRow } from './schema.ts'
import { eventPlace } from './seal-event.ts'

/** @throws UnsealError when the tenant's key is gone. */
export async function openEvent(
  ports: Pick<Ports, 'vault'>,
  row: EventRow,
): Promise<HostEventBody> {
  const sealer = await ports.vault.tenant(row.tenant_id)
  const plain = sealer.open(eventPlace(row.id), row.sealed).toString('utf8')
  return {
    id: row.id,
    type: row.type,
    timestamp: row.created_at.toISOString(),
    data: HostEventData.parse(JSON.parse(plain)),
  }
}
