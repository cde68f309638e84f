import { AppError } from '@parley/contract/app-error.ts'
import type { TokenStatus } from '@parley/contract/connection.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { readTokenStatus } from '#tokens/read-token-status.ts'
import { checkConnections } from './check-connections.ts'
import { findById } from './store.ts'

type Who = { actor: string; address: string | null; requestId: string | null }

/**
 * Asks Meta now how a connection is, whatever its age: accepted, allowed what, subscribed. One that is lost already is
 * told as it is, without a call.
 *
 * @throws AppError `connections/not-found`.
 */
export async function checkConnection(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'metrics' | 'log'>,
  input: { id: string; tenants: readonly string[] | null; who: Who },
): Promise<TokenStatus> {
  const { id, tenants, who } = input
  const row = await findById(ports.db, id, tenants)
  if (row === undefined) throw new AppError('connections/not-found')
  const tenantId = row.tenant_id
  await recordAudit(ports.db, new Date(ports.clock.now()), {
    ...who,
    action: 'connection.check_asked',
    tenantId,
    subjectId: id,
  })
  await checkConnections(ports, { tenants: [tenantId], connectionId: id, force: true })
  return await readTokenStatus(ports, id, tenants)
}
