import type { Queryable } from '#ports/database.ts'
import type { GrantRow } from './schema.ts'
import { deletePendingGrant } from './store.ts'

/** Forgets a pending grant that could not become live, its token with it. */
export async function dropGrant(
  db: Queryable,
  grant: Pick<GrantRow, 'tenant_id' | 'id'>,
): Promise<void> {
  await deletePendingGrant(db, grant.tenant_id, grant.id)
}
