import { causes } from '#alerts/causes.ts'
import { openAlert } from '#alerts/open-alert.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import type { DisabledReason, EndpointRow } from './schema.ts'
import { disableActive } from './store-endpoints.ts'

type Named = Pick<EndpointRow, 'id' | 'tenant_id'>

/**
 * Stops telling an endpoint that cannot be told, with a line in the audit log and an alert; call it in a transaction.
 * Undefined: it was stopped already.
 */
export async function disableEndpoint(
  ports: Pick<Ports, 'clock' | 'random'>,
  db: Queryable,
  id: string,
  why: { readonly reason: DisabledReason; readonly result: string | null },
): Promise<Named | undefined> {
  const at = new Date(ports.clock.now())
  const row = await disableActive(db, id, why.reason, at)
  if (row === undefined) return undefined
  await recordAudit(db, at, {
    actor: 'system',
    action: 'host_endpoint.disabled',
    tenantId: row.tenant_id,
    subjectId: id,
    detail: why,
  })
  await openAlert(ports, db, {
    tenantId: row.tenant_id,
    kind: 'host_endpoint_disabled',
    severity: 'critical',
    connectionId: null,
    cause: causes.endpointDisabled(id),
    // The rest of an address may be a secret.
    detail: { account: new URL(row.url).host, reason: why.reason },
  })
  return row
}
