import type { Queryable } from '#ports/database.ts'
import { findPageIds } from '#tokens/find-page-ids.ts'
import { findAccountIds } from './store-forget.ts'

/**
 * Ids by which webhooks name the accounts of a tenant, or of one connection: the account's and its pages'.
 *
 * @param connectionId null: of every connection.
 */
export async function findMetaIds(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<string[]> {
  const accounts = await findAccountIds(db, tenantId, connectionId)
  const pages = await findPageIds(db, tenantId, connectionId)
  return [...accounts.map((one) => one.account_id), ...pages]
}
