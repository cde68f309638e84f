import type { Queryable } from '#ports/database.ts'
import { destroyGrants as update } from './store.ts'

/** Destroys every token of a connection, candidates' too. The rows stay as history. */
export async function destroyGrants(
  db: Queryable,
  input: { tenantId: string; connectionId: string; reason: string },
): Promise<void> {
  await update(db, input)
}
