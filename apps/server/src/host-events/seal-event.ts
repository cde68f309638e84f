import type { HostEventFact, HostEventPorts } from './schema.ts'

export const eventPlace = (id: string) => ({ table: 'host_events', row: id, column: 'sealed' })

/** An event's data, as it goes out, under its tenant's key; base64. */
export async function sealEvent(
  ports: Pick<HostEventPorts, 'vault'>,
  id: string,
  { tenantId, connectionId, data, requestId }: HostEventFact,
): Promise<string> {
  const sealer = await ports.vault.tenant(tenantId)
  const trace = requestId === undefined || requestId === null ? {} : { requestId }
  const plain = JSON.stringify({ tenantId, connectionId, ...data, ...trace })
  return sealer.seal(eventPlace(id), plain).toString('base64')
}
