import type { Ports } from '#ports/ports.ts'
import type { EndpointRow } from './schema.ts'

/** Says that an endpoint is not what it was: every process asks again who wants what. After the commit. */
export function tellEndpoint(
  ports: Pick<Ports, 'signals'>,
  row: Pick<EndpointRow, 'id' | 'tenant_id'>,
): void {
  const { id, tenant_id: tenantId } = row
  ports.signals.tell([{ kind: 'host_endpoint', id, connectionId: null, tenantId }])
}
