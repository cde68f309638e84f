import type { Queryable } from '#ports/database.ts'
import { noteErased as note } from './store-forget.ts'

/** For `eraseAgain`, in the same transaction: what was unsent or erased here. */
export async function noteErased(db: Queryable): Promise<void> {
  await note(db)
}
