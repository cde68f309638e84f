import { AppError } from '@parley/contract/app-error.ts'
import type { Queryable } from '#ports/database.ts'
import { lockConversation } from './store-conversations.ts'
import type { ConversationRow } from './schema.ts'

/**
 * One conversation of the caller's, locked until the transaction ends.
 *
 * @throws AppError `conversations/not-found`.
 */
export async function lockOwnConversation(
  db: Queryable,
  id: string,
  tenants: readonly string[] | null,
): Promise<ConversationRow> {
  const row = await lockConversation(db, id)
  if (row === undefined || (tenants !== null && !tenants.includes(row.tenant_id))) {
    throw new AppError('conversations/not-found')
  }
  return row
}
