import type { Queryable } from '#ports/database.ts'
import { eraseTurnStates } from './store-forget.ts'

/** What the automation knew of a person at each of its answers in one conversation. */
export async function forgetTurnStates(
  db: Queryable,
  conversation: { readonly tenant_id: string; readonly id: string },
): Promise<void> {
  await eraseTurnStates(db, conversation)
}
