import type { AlertKind } from '@parley/contract/alert.ts'
import type { Queryable } from '#ports/database.ts'
import type { AlertRow } from './schema.ts'
import { selectOpen } from './store.ts'

/** The open alerts of one kind, everybody's. */
export async function listOpen(db: Queryable, kind: AlertKind): Promise<AlertRow[]> {
  return await selectOpen(db, kind)
}
