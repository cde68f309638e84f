import type { Connection, ConnectionStatus } from '@parley/contract/connection.ts'
import { listOfRows } from '#http/list.ts'
import type { Page } from '#http/list.ts'
import type { Ports } from '#ports/ports.ts'
import { listGrants } from '#tokens/list-grants.ts'
import { describeConnection } from './describe-connection.ts'
import { selectPage } from './store.ts'

/** Connections, newest first. `tenants`: who may be looked at; null: everybody. */
export async function listConnections(
  ports: Pick<Ports, 'db' | 'clock'>,
  input: {
    tenants: readonly string[] | null
    status: ConnectionStatus | undefined
    page: Page
  },
): Promise<{ data: Connection[]; nextCursor: string | null }> {
  const nowMs = ports.clock.now()
  const rows = await selectPage(ports.db, { ...input, now: new Date(nowMs) })
  const grants = await listGrants(
    ports.db,
    rows.map((row) => ({ tenantId: row.tenant_id, connectionId: row.id })),
  )
  return listOfRows(
    rows,
    input.page,
    (row) => ({ at: row.created_at, id: row.id }),
    (row) => describeConnection(row, grants.get(row.id) ?? [], nowMs),
  )
}
