import type { Queryable } from '#ports/database.ts'
import { isAnyPaused as select } from './store-apps.ts'

/** Whether refreshes and checks of any of these Meta apps are paused. */
export async function isAnyPaused(db: Queryable, appIds: readonly string[]): Promise<boolean> {
  return await select(db, appIds)
}
