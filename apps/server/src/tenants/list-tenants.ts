import type { Tenant } from '@parley/contract/tenant.ts'
import { listOfRows } from '#http/list.ts'
import type { Page } from '#http/list.ts'
import type { Queryable } from '#ports/database.ts'
import { selectTenants, tenantOf } from './store.ts'

/** Newest first. `visible` null: every tenant. */
export async function listTenants(
  db: Queryable,
  visible: readonly string[] | null,
  page: Page,
): Promise<{ data: Tenant[]; nextCursor: string | null }> {
  const rows = await selectTenants(db, visible, page)
  return listOfRows(rows, page, (row) => ({ at: row.created_at, id: row.id }), tenantOf)
}
