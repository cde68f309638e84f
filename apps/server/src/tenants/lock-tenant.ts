import type { Queryable } from '#ports/database.ts'
import { lockTenant as lock } from './store-forget.ts'

/** Until the transaction ends nothing new refers to the tenant. */
export async function lockTenant(db: Queryable, tenantId: string): Promise<void> {
  await lock(db, tenantId)
}
