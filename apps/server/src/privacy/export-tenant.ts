import { AppError } from '@parley/contract/app-error.ts'
import { listAlerts } from '#alerts/list-alerts.ts'
import { listAudit } from '#audit/list-audit.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { loadAutomation } from '#automation/load-automation.ts'
import { openFields } from '#automation/open-fields.ts'
import { listConnections } from '#connections/list-connections.ts'
import { exportConversations } from '#conversations/export-conversations.ts'
import { exportMessages } from '#conversations/export-messages.ts'
import { exportPeople } from '#conversations/export-people.ts'
import { listEndpoints } from '#host-events/list-endpoints.ts'
import { listEvents } from '#host-events/list-events.ts'
import { decodeCursor } from '#http/cursor.ts'
import type { Page } from '#http/list.ts'
import type { Ports } from '#ports/ports.ts'
import { exportTurns } from '#replies/export-turns.ts'
import { findTenant } from '#tenants/find-tenant.ts'
import { exportDeliveries } from '#webhooks/export-deliveries.ts'
import type { LineType } from './exported.ts'
import type { Who } from './schema.ts'

const PAGE_MAX = 100

type Touched = Pick<Ports, 'db' | 'vault' | 'clock' | 'log'>

/**
 * Everything of a tenant as JSON Lines, contents readable, secrets left out; `exported.ts` says which table is where.
 * Made while it is read: nothing waits in memory, and whoever stops reading stops it. The last line says how many there
 * were of each type.
 *
 * @throws AppError `tenants/not-found`.
 */
export async function exportTenant(
  ports: Touched,
  tenantId: string,
  who: Who,
): Promise<ReadableStream<Uint8Array>> {
  const tenant = await findTenant(ports.db, tenantId)
  if (tenant === undefined) throw new AppError('tenants/not-found')
  await recordAudit(ports.db, new Date(ports.clock.now()), {
    ...who,
    action: 'tenant.exported',
    tenantId,
    subjectId: tenantId,
    purpose: 'export',
  })
  return streamOf(ports, linesOf(ports, tenantId, tenant))
}

async function* linesOf(ports: Touched, tenantId: string, tenant: object): AsyncGenerator<string> {
  const counts: Partial<Record<LineType | 'audit', number>> = {}
  const line = (type: LineType | 'audit', item: object): string => {
    counts[type] = (counts[type] ?? 0) + 1
    return `${JSON.stringify({ type, ...item })}\n`
  }
  const tenants = [tenantId]
  yield line('tenant', tenant)
  const connections = pagesOf(
    async (page) => await listConnections(ports, { tenants, status: undefined, page }),
  )
  for await (const connection of connections) {
    yield line('connection', connection)
    const key = { tenantId, connectionId: connection.id }
    const automation = await loadAutomation(ports, key)
    yield line('automation', { connectionId: connection.id, ...automation })
  }
  for await (const item of exportPeople(ports, tenantId)) yield line('person', item)
  for await (const item of exportConversations(ports, tenantId, openFields)) {
    yield line('conversation', item)
  }
  for await (const item of exportMessages(ports, tenantId)) yield line('message', item)
  for await (const item of exportTurns(ports, tenantId)) yield line('turn', item)
  for await (const item of exportDeliveries(ports, tenantId)) yield line('delivery', item)
  for await (const [type, item] of besides(ports, tenants)) yield line(type, item)
  yield `${JSON.stringify({ type: 'end', counts })}\n`
}

/** What was told to whom, and what was done. */
async function* besides(
  ports: Touched,
  tenants: readonly string[],
): AsyncGenerator<readonly [LineType | 'audit', object]> {
  const endpoints = pagesOf(async (page) => await listEndpoints(ports.db, tenants, undefined, page))
  for await (const item of endpoints) yield ['endpoint', item]
  const events = pagesOf(async (page) => await listEvents(ports, tenants, {}, page))
  // Its type is the event's own: here that is its kind.
  for await (const { type: kind, ...item } of events) yield ['event', { kind, ...item }]
  const alerts = pagesOf(
    async (page) =>
      await listAlerts(ports.db, { tenants, connectionId: undefined, state: undefined, page }),
  )
  for await (const item of alerts) yield ['alert', item]
  const audit = pagesOf(async (page) => await listAudit(ports.db, tenants, {}, page))
  for await (const item of audit) yield ['audit', item]
}

/** Every item of a list, page by page. */
async function* pagesOf<T>(
  load: (page: Page) => Promise<{ data: readonly T[]; nextCursor: string | null }>,
): AsyncGenerator<T> {
  let page: Page = { after: undefined, limit: PAGE_MAX }
  for (;;) {
    const { data, nextCursor } = await load(page)
    yield* data
    if (nextCursor === null) return
    page = { after: decodeCursor(nextCursor), limit: PAGE_MAX }
  }
}

/** Pulled line by line, as fast as the caller reads. */
function streamOf(ports: Touched, lines: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await lines.next()
        if (done === true) controller.close()
        else controller.enqueue(encoder.encode(value))
      } catch (error) {
        // Half of it is sent: the missing last line says that it is not whole.
        ports.log.error({ err: error }, 'an export broke')
        controller.error(error)
      }
    },
    async cancel() {
      await lines.return(undefined)
    },
  })
}
