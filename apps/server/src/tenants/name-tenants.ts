import type { Queryable } from '#ports/database.ts'
import { selectTenantNames } from './store.ts'

/** The tenants somebody may choose between, by name. `visible` null: every tenant, the first thousand. */
export async function nameTenants(
  db: Queryable,
  visible: readonly string[] | null,
): Promise<{ id: string; name: string }[]> {
  return await selectTenantNames(db, visible)
}
