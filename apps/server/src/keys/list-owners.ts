import type { Queryable } from '#ports/database.ts'
import { selectOwners } from './store.ts'

/** Everybody who has a data key: `tenant:<id>`, and `inbox` last, because values leave it for their tenants. */
export async function listOwners(db: Queryable): Promise<string[]> {
  return await selectOwners(db)
}
