import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { listGrants, lockConnection, markGrant, settleConnection } from './store.ts'
import { tellCapabilities } from './tell-capabilities.ts'
import { tellConnection } from './tell-connection.ts'
import { tellLoss } from './tell-loss.ts'

/**
 * Writes down that a live grant is dead. A connection whose last one it was says so, once, to everybody who should know;
 * with another it goes on, and that one is looked at at once: it has to take over.
 */
export async function loseGrant(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'random' | 'signals'>,
  grant: {
    readonly tenantId: string
    readonly connectionId: string
    readonly grantId: string
    readonly sealed: string
  },
  loss: {
    readonly actor: 'meta' | 'system'
    readonly status: 'needs_reauth' | 'revoked'
    readonly reason: string
    readonly detail?: Readonly<Record<string, string | number | boolean | null>>
  },
): Promise<void> {
  const { tenantId, connectionId, grantId, sealed } = grant
  const { actor, status, reason, detail = {} } = loss
  const at = new Date(ports.clock.now())
  await ports.db.transaction(async (db) => {
    await lockConnection(db, tenantId, connectionId)
    const before = await listGrants(db, [{ tenantId, connectionId }])
    if ((await markGrant(db, { tenantId, grantId, sealed, status, reason, at })) === 0) return
    const after = before.filter(({ id }) => id !== grantId)
    await tellCapabilities(ports, db, { tenantId, connectionId }, { before, after })
    const isLast = (await settleConnection(db, { tenantId, connectionId, status, reason, at })) > 0
    await tellLoss(ports, db, { tenantId, connectionId, status, reason, isLast })
    await recordAudit(db, at, {
      actor,
      action: status === 'revoked' ? 'connection.revoked' : 'connection.needs_reauth',
      tenantId,
      subjectId: connectionId,
      detail: { grant: grantId, reason, ...detail },
    })
  })
  tellConnection(ports, tenantId, connectionId)
}
