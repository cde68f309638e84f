import type { Queryable } from '#ports/database.ts'
import { resolve } from './store.ts'

export type ResolvedAccount = {
  readonly tenantId: string
  readonly connectionId: string
  readonly accountId: string
}

/**
 * Whose account a webhook entry speaks of, by entry id: live connections only (a dead token still receives). A page id
 * leads to the account behind the page. Ids nobody here holds are left out. One prepared statement for a whole batch.
 */
export async function resolveAccounts(
  db: Queryable,
  entryIds: readonly string[],
): Promise<Map<string, ResolvedAccount>> {
  const resolved = new Map<string, ResolvedAccount>()
  if (entryIds.length === 0) return resolved
  for (const row of await resolve(db, [...new Set(entryIds)])) {
    resolved.set(row.entry_id, {
      tenantId: row.tenant_id,
      connectionId: row.connection_id,
      accountId: row.account_id,
    })
  }
  return resolved
}
