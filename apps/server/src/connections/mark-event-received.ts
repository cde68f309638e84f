import type { Queryable } from '#ports/database.ts'
import { markEvents } from './store.ts'

/**
 * Notes when an event last came, for a whole batch in one statement; a connection is written at most once in five
 * seconds. Marks may be lost while somebody else holds the row: they are a sign of life, not a count.
 */
export async function markEventReceived(
  db: Queryable,
  at: Date,
  events: readonly { tenantId: string; connectionId: string; isMessage: boolean }[],
): Promise<void> {
  const seen = new Map<string, { tenantId: string; isMessage: boolean }>()
  for (const { tenantId, connectionId, isMessage } of events) {
    const before = seen.get(connectionId)?.isMessage ?? false
    seen.set(connectionId, { tenantId, isMessage: before || isMessage })
  }
  if (seen.size === 0) return
  const list = [...seen.entries()]
  await markEvents(db, {
    at,
    tenantIds: list.map(([, { tenantId }]) => tenantId),
    connectionIds: list.map(([connectionId]) => connectionId),
    hasMessages: list.map(([, { isMessage }]) => isMessage),
  })
}
