import { AppError } from '@parley/contract/app-error.ts'
import type { Connection } from '@parley/contract/connection.ts'
import type { Ports } from '#ports/ports.ts'
import { listGrants } from '#tokens/list-grants.ts'
import { describeConnection } from './describe-connection.ts'
import { findById } from './store.ts'

/**
 * One connection as it is now.
 *
 * @param tenants who may be looked at; null: everybody. Somebody else's is as unknown as none.
 * @throws AppError `connections/not-found`.
 */
export async function loadConnection(
  ports: Pick<Ports, 'db' | 'clock'>,
  id: string,
  tenants: readonly string[] | null,
): Promise<Connection> {
  const row = await findById(ports.db, id, tenants)
  if (row === undefined) throw new AppError('connections/not-found')
  const grants = await listGrants(ports.db, [{ tenantId: row.tenant_id, connectionId: row.id }])
  return describeConnection(row, grants.get(row.id) ?? [], ports.clock.now())
}
