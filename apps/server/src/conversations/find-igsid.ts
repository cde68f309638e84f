import type { Queryable } from '#ports/database.ts'
import { findIgsid as select } from './store-forget.ts'

/** By which id Meta names the person of a conversation. */
export async function findIgsid(
  db: Queryable,
  tenantId: string,
  conversationId: string,
): Promise<string | undefined> {
  return (await select(db, tenantId, conversationId))?.igsid
}
