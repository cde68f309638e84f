import type { Tenant } from '@parley/contract/tenant.ts'
import type { Queryable } from '#ports/database.ts'
import { selectTenant, tenantOf } from './store.ts'

export async function findTenant(db: Queryable, id: string): Promise<Tenant | undefined> {
  const row = await selectTenant(db, id)
  return row === undefined ? undefined : tenantOf(row)
}
