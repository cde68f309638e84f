import type { HostEndpoint } from '@parley/contract/host-endpoint.ts'
import { listOfRows } from '#http/list.ts'
import type { Page } from '#http/list.ts'
import type { Queryable } from '#ports/database.ts'
import { describeEndpoint } from './describe-endpoint.ts'
import { selectEndpoints } from './store-endpoints.ts'

/** Newest first. A caller bound to tenants sees theirs, not the operator's. */
export async function listEndpoints(
  db: Queryable,
  visible: readonly string[] | null,
  tenantId: string | undefined,
  page: Page,
): Promise<{ data: HostEndpoint[]; nextCursor: string | null }> {
  const rows = await selectEndpoints(db, visible, tenantId, page)
  return listOfRows(rows, page, (row) => ({ at: row.created_at, id: row.id }), describeEndpoint)
}
