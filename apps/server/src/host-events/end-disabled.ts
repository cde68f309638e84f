import { causes } from '#alerts/causes.ts'
import { resolveAlerts } from '#alerts/resolve-alerts.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import type { EndpointRow } from './schema.ts'

/** An endpoint is told again, or there is none to be told any more: nobody has to do anything. */
export async function endDisabled(
  ports: Pick<Ports, 'clock' | 'random'>,
  db: Queryable,
  endpoint: Pick<EndpointRow, 'id' | 'tenant_id'>,
  isSilent = false,
): Promise<void> {
  const { id, tenant_id: tenantId } = endpoint
  await resolveAlerts(ports, db, { tenantId, causes: [causes.endpointDisabled(id)], isSilent })
}
