import type { Queryable } from '#ports/database.ts'
import type { GrantRow } from './schema.ts'
import { activatePendingGrant, deleteReplacedGrants } from './store.ts'

/**
 * Makes a pending grant the live one of its login; the one before goes, token and all. Call it in the transaction
 * that makes the connection active.
 *
 * @returns false when the candidate is gone, already live, or still holds a short-lived token.
 */
export async function promoteGrant(db: Queryable, grant: GrantRow): Promise<boolean> {
  await deleteReplacedGrants(db, grant)
  return (await activatePendingGrant(db, grant.tenant_id, grant.id)) === 1
}
