import type { Queryable } from '#ports/database.ts'
import type { ConnectionKey } from './schema.ts'
import { forgetWaitingOf } from './store-lanes.ts'

/** Nothing was to answer the lines that wait in a connection's conversations: whatever does so now begins with new ones. */
export async function dropWaitingLines(db: Queryable, connection: ConnectionKey): Promise<void> {
  await forgetWaitingOf(db, connection)
}
