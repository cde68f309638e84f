import { AppError } from '@parley/contract/app-error.ts'
import type { MetaCall } from '@parley/contract/meta-call.ts'
import { firstIdAt } from '#host-events/first-id-at.ts'
import type { Position } from '#http/cursor.ts'
import { listOfRows } from '#http/list.ts'
import type { Page } from '#http/list.ts'
import type { Ports } from '#ports/ports.ts'
import { listDeliveries } from '#webhooks/list-deliveries.ts'
import type { ListedDelivery } from '#webhooks/list-deliveries.ts'
import { explainDelivery, explainLine } from './explain-call.ts'
import { selectNotedCalls } from './store-meta-calls.ts'
import type { NotedCall } from './store-meta-calls.ts'

type Filter = {
  readonly kind?: MetaCall['kind'] | undefined
  readonly outcome?: MetaCall['outcome'] | undefined
}

/** A call and its place: by time, deliveries before lines of the same millisecond. */
type Row = { readonly position: Position; readonly isDelivery: boolean; readonly call: MetaCall }

/** The last row of the page before, or undefined for the first page. */
type Place = Pick<Row, 'position' | 'isDelivery'> | undefined

const LINE_ID = /^\d{1,15}$/
const DELIVERY_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.\d{1,3}$/

/**
 * What Meta, or somebody in its place, called: kept deliveries and lines of the audit log in one list, newest first.
 *
 * @throws AppError `http/invalid-fields` for a cursor of another list.
 */
export async function listMetaCalls(
  ports: Pick<Ports, 'db' | 'config'>,
  filter: Filter,
  page: Page,
): Promise<{ data: MetaCall[]; nextCursor: string | null }> {
  const place = placeOf(page.after)
  const limit = page.limit + 1
  const [deliveries, lines] = await Promise.all([
    findAccepted(ports, filter, place, limit),
    findNoted(ports, filter, place, limit),
  ])
  const rows = [
    ...deliveries.map(rowOfDelivery),
    ...lines.map((line) => rowOfLine(ports.config, line)),
  ]
  // Each of the two is in order already, and this sort keeps that.
  const sorted = rows.toSorted((a, b) => b.position.at.getTime() - a.position.at.getTime())
  return listOfRows(
    sorted.slice(0, limit),
    page,
    ({ position }) => position,
    ({ call }) => call,
  )
}

function placeOf(after: Position | undefined): Place {
  if (after === undefined) return undefined
  const isDelivery = DELIVERY_ID.test(after.id)
  if (isDelivery || LINE_ID.test(after.id)) return { position: after, isDelivery }
  throw new AppError('http/invalid-fields', {
    fields: [{ path: 'cursor', message: 'not a cursor of this list' }],
  })
}

async function findAccepted(
  ports: Pick<Ports, 'db'>,
  { kind = 'delivery', outcome = 'accepted' }: Filter,
  place: Place,
  limit: number,
): Promise<ListedDelivery[]> {
  if (kind !== 'delivery' || outcome !== 'accepted') return []
  const after =
    place === undefined || place.isDelivery
      ? place?.position
      : { at: place.position.at, id: `${firstIdAt(place.position.at.getTime())}.0` }
  return await listDeliveries(ports, { tenants: null, state: undefined, after, limit })
}

async function findNoted(
  ports: Pick<Ports, 'db'>,
  { kind, outcome }: Filter,
  place: Place,
  limit: number,
): Promise<NotedCall[]> {
  const before =
    place === undefined
      ? undefined
      : {
          at: place.position.at,
          // Lines of the very millisecond of a delivery come after it.
          id: place.isDelivery ? Number.MAX_SAFE_INTEGER : Number(place.position.id),
        }
  return await selectNotedCalls(ports.db, { kind, outcome, before, limit })
}

function rowOfDelivery({ row, delivery }: ListedDelivery): Row {
  // Ids begin with their time, and the list is in their order.
  const at = new Date(Number.parseInt(row.id.replace('-', '').slice(0, 12), 16))
  const call: MetaCall = {
    id: delivery.id,
    at: delivery.receivedAt,
    kind: 'delivery',
    outcome: 'accepted',
    ...explainDelivery(delivery),
    address: null,
    delivery,
  }
  return { position: { at, id: `${row.id}.${row.part}` }, isDelivery: true, call }
}

function rowOfLine(config: Ports['config'], line: NotedCall): Row {
  const call: MetaCall = {
    id: String(line.id),
    at: line.at.toISOString(),
    ...explainLine(config, line),
    address: line.address,
    delivery: null,
  }
  return { position: { at: line.at, id: call.id }, isDelivery: false, call }
}
