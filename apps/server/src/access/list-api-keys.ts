import type { ApiKey } from '@parley/contract/api-key.ts'
import { listOfRows } from '#http/list.ts'
import type { Page } from '#http/list.ts'
import type { Queryable } from '#ports/database.ts'
import { apiKeyOf } from './api-key-of.ts'
import { selectApiKeys } from './store.ts'

/** Newest first, revoked ones too. A caller bound to tenants sees the keys bound to them. */
export async function listApiKeys(
  db: Queryable,
  visible: readonly string[] | null,
  page: Page,
): Promise<{ data: ApiKey[]; nextCursor: string | null }> {
  const rows = await selectApiKeys(db, visible, page)
  return listOfRows(rows, page, (row) => ({ at: row.created_at, id: row.id }), apiKeyOf)
}
