import type { Queryable } from '#ports/database.ts'
import { markErasing } from './store-forget.ts'

/** From now on the tenant is unknown to everybody. False when there was none, or it was before. */
export async function beginErasing(db: Queryable, tenantId: string, at: Date): Promise<boolean> {
  return await markErasing(db, tenantId, at)
}
