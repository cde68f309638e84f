import { AppError } from '@parley/contract/app-error.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { endDisabled } from './end-disabled.ts'
import type { Who } from './schema.ts'
import { deleteEndpoint, lockEndpoint } from './store-endpoints.ts'
import { tellEndpoint } from './tell-endpoint.ts'

/**
 * Ends an endpoint: what waits for it is not sent, its address and secrets are gone.
 *
 * @throws AppError `host-endpoints/not-found`.
 */
export async function removeEndpoint(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'signals'>,
  id: string,
  visible: readonly string[] | null,
  who: Who,
): Promise<void> {
  const at = new Date(ports.clock.now())
  const row = await ports.db.transaction(async (db) => {
    const found = await lockEndpoint(db, visible, id)
    if (found === undefined) throw new AppError('host-endpoints/not-found')
    await deleteEndpoint(db, id, at)
    await endDisabled(ports, db, found, true)
    await recordAudit(db, at, {
      ...who,
      action: 'host_endpoint.deleted',
      tenantId: found.tenant_id,
      subjectId: id,
    })
    return found
  })
  tellEndpoint(ports, row)
}
