import type { Erasure } from '@parley/contract/erasure.ts'
import { AppError } from '@parley/contract/app-error.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { beginErasing } from '#tenants/begin-erasing.ts'
import { describeErasure } from './describe-erasure.ts'
import { newCode } from './new-code.ts'
import type { Who } from './schema.ts'
import { findOfTenant, insertErasure } from './store.ts'
import { OF_TENANT } from './stores.ts'

/**
 * Begins to erase a tenant: unknown to everybody from now on, its keys and rows gone when the job is done. Again, or
 * afterwards, it is the same erasure.
 *
 * @throws AppError `tenants/not-found`.
 */
export async function requestTenantErasure(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'config'>,
  tenantId: string,
  who: Who,
): Promise<Erasure> {
  const at = new Date(ports.clock.now())
  const row = await ports.db.transaction(async (db) => {
    if (await beginErasing(db, tenantId, at)) {
      const id = ports.random.uuid(at.getTime())
      await insertErasure(db, {
        id,
        code: newCode(ports),
        kind: 'tenant',
        subjectHash: null,
        tenantId,
        subjectId: null,
        requestedBy: who.actor,
        at,
        steps: OF_TENANT.map((store) => ({
          tenantId,
          connectionId: null,
          conversationId: null,
          store,
        })),
      })
      await recordAudit(db, at, {
        ...who,
        action: 'erasure.requested',
        tenantId,
        subjectId: id,
        detail: { kind: 'tenant' },
      })
    }
    return await findOfTenant(db, 'tenant', tenantId, null)
  })
  if (row === undefined) throw new AppError('tenants/not-found')
  return await describeErasure(ports, row)
}
