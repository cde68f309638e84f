import { AppError } from '@parley/contract/app-error.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import type { Who } from './schema.ts'
import { revokeSession as update } from './store.ts'

/** Takes a link back: from now on it opens nothing. @throws AppError `http/not-found`. */
export async function revokeSession(
  ports: Pick<Ports, 'db' | 'clock'>,
  input: { id: string; tenants: readonly string[] | null; who: Who },
): Promise<void> {
  const at = new Date(ports.clock.now())
  await ports.db.transaction(async (db) => {
    const revoked = await update(db, { ...input, at })
    if (revoked === undefined) throw new AppError('http/not-found')
    await recordAudit(db, at, {
      ...input.who,
      action: 'connect.session_revoked',
      tenantId: revoked.tenant_id,
      subjectId: input.id,
    })
  })
}
