import type { Queryable } from '#ports/database.ts'
import { findPageIds as select } from './store-forget.ts'

/** Pages a connection (null: any of the tenant) was ever reached through. */
export async function findPageIds(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<string[]> {
  return (await select(db, tenantId, connectionId)).map(({ page_id }) => page_id)
}
