import type { Queryable } from '#ports/database.ts'
import type { UsableGrant } from './schema.ts'
import { finishCheck as finish } from './store-due.ts'

/** A grant and everything that hangs on it was looked at: again tomorrow. */
export async function finishCheck(
  db: Queryable,
  grant: UsableGrant,
  nextCheckAt: Date,
): Promise<void> {
  await finish(db, grant, nextCheckAt)
}
