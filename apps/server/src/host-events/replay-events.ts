import { AppError } from '@parley/contract/app-error.ts'
import { decodeCursor, encodeCursor } from '#http/cursor.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { isUuid } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import type { Who } from './schema.ts'
import { firstIdAt } from './first-id-at.ts'
import { selectEndpoint } from './store-endpoints.ts'
import { selectEvent } from './store-events.ts'
import { replay } from './store-replay.ts'

/** One statement's work; whoever wants more asks again. */
const EVENTS_MAX = 1_000

/** One event, or those of a time. */
export type Replayed =
  | { readonly eventId: string }
  | {
      readonly fromMs: number
      readonly toMs: number | undefined
      readonly cursor: string | undefined
    }

/**
 * Sends events again, under their old ids, to every active endpoint that wants them and the caller may see, or to one
 * of those.
 *
 * @returns how many deliveries wait anew, and where to go on.
 * @throws AppError `host-events/not-found`, `host-endpoints/not-found`, `host-endpoints/disabled`.
 */
export async function replayEvents(
  ports: Pick<Ports, 'db' | 'clock' | 'signals'>,
  input: { what: Replayed; endpointId: string | undefined; tenants: readonly string[] | null },
  who: Who,
): Promise<{ replayed: number; nextCursor: string | null }> {
  const { what, tenants, endpointId } = input
  if (endpointId !== undefined) {
    const endpoint = await selectEndpoint(ports.db, tenants, endpointId)
    if (endpoint === undefined) throw new AppError('host-endpoints/not-found')
    if (endpoint.state !== 'active') throw new AppError('host-endpoints/disabled')
  }
  const nowMs = ports.clock.now()
  const at = new Date(nowMs)
  const { replayed, next } = await ports.db.transaction(async (db) => {
    if ('eventId' in what && (await selectEvent(db, tenants, what.eventId)) === undefined) {
      throw new AppError('host-events/not-found')
    }
    const result = await replay(db, {
      tenants,
      ...rangeOf(what, nowMs),
      endpointId: endpointId ?? null,
      eventsMax: EVENTS_MAX,
      at,
    })
    await recordAudit(db, at, {
      ...who,
      action: 'host_event.replayed',
      tenantId: tenants?.length === 1 ? (tenants[0] ?? null) : null,
      subjectId: 'eventId' in what ? what.eventId : (endpointId ?? null),
      detail: { deliveries: result.replayed },
    })
    return result
  })
  ports.signals.wake('host-events')
  // A cursor of this list is told by its id alone.
  return { replayed, nextCursor: next === null ? null : encodeCursor({ at, id: next }) }
}

function rangeOf(what: Replayed, nowMs: number): { fromId: string; toId: string } {
  if ('eventId' in what) return { fromId: what.eventId, toId: what.eventId }
  const { fromMs, toMs, cursor } = what
  const toId = firstIdAt(toMs ?? nowMs + 1)
  if (cursor === undefined) return { fromId: firstIdAt(fromMs), toId }
  const { id } = decodeCursor(cursor)
  if (!isUuid(id)) throw new AppError('http/invalid-fields')
  return { fromId: id, toId }
}
