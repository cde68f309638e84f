import type { Queryable } from '#ports/database.ts'
import type { KeptErasures } from './schema.ts'
import { hasErasures, selectEverything } from './store-keep.ts'

/** What was asked to be erased here, to be repeated where an older copy of the data takes this one's place. */
export async function keepErasures(db: Queryable): Promise<KeptErasures | undefined> {
  return (await hasErasures(db)) ? await selectEverything(db) : undefined
}
