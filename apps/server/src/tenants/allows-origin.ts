import type { Queryable } from '#ports/database.ts'
import { someReturnUrlHasOrigin } from './store.ts'

/** May a page of this origin read answers meant for these tenants (null: for any)? */
export async function allowsOrigin(
  db: Queryable,
  tenants: readonly string[] | null,
  origin: string,
): Promise<boolean> {
  if (!/^https?:\/\/[^/\s\\@]+$/.test(origin)) return false
  return await someReturnUrlHasOrigin(db, tenants, origin)
}
