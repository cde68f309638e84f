import type { HostEndpoint } from '@parley/contract/host-endpoint.ts'
import type { EndpointRow } from './schema.ts'

export function describeEndpoint(row: EndpointRow): HostEndpoint {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    url: row.url,
    events: row.events,
    state: row.state,
    disabledReason: row.disabled_reason,
    disabledAt: row.disabled_at?.toISOString() ?? null,
    failingSince: row.failing_since?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}
