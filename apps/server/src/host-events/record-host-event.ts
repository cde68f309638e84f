import type { Queryable } from '#ports/database.ts'
import { sealEvent } from './seal-event.ts'
import type { HostEventFact, HostEventPorts } from './schema.ts'
import { insertEvents } from './store-events.ts'
import type { NewEvent } from './store-events.ts'
import { wantsHostEvent } from './wants-host-event.ts'

/** Long enough for most transactions to commit; one that takes longer is found by the next poll. */
const WAKE_AFTER_MS = 20

/** These come with every message; kept only when an endpoint wants them. All others can be replayed to one made later. */
const isFrequent = (type: HostEventFact['type']): boolean =>
  type.startsWith('message.') || type === 'conversation.handed_over'

/**
 * Writes events in the caller's transaction, in their order: what is undone is never told, what is committed is told
 * for as long as it takes. One statement for any number; none at all when there is nothing to keep.
 */
export async function recordHostEvent(
  ports: HostEventPorts,
  db: Queryable,
  events: HostEventFact | readonly HostEventFact[],
): Promise<void> {
  const list: readonly HostEventFact[] = 'type' in events ? [events] : events
  const nowMs = ports.clock.now()
  const rows: NewEvent[] = []
  for (const event of list) {
    const { type, tenantId: tenant, connectionId: connection } = event
    const always = !isFrequent(type)
    if (!always && !wantsHostEvent(ports, type, tenant)) continue
    const id = ports.random.uuid(nowMs)
    const sealed = await sealEvent(ports, id, event)
    rows.push({ tenant, id, connection, type, always, sealed })
  }
  if (rows.length === 0) return
  const deliveries = await insertEvents(db, rows, new Date(nowMs))
  if (deliveries > 0) setTimeout(() => ports.signals.wake('host-events'), WAKE_AFTER_MS).unref()
}
