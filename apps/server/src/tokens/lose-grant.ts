import { causes } from '#alerts/causes.ts'
import { openAlert } from '#alerts/open-alert.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { hurryChecks } from './store-due.ts'
import { findAccount, lockConnection, markGrant, settleConnection } from './store.ts'
import { tellConnection } from './tell-connection.ts'

/**
 * Writes down that a live grant is dead. A connection whose last one it was says so, once, to everybody who should know;
 * with another it goes on, and that one is looked at at once: it has to take over.
 */
export async function loseGrant(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'random' | 'signals'>,
  grant: { readonly tenantId: string; readonly connectionId: string; readonly grantId: string },
  loss: {
    readonly actor: 'meta' | 'system'
    readonly status: 'needs_reauth' | 'revoked'
    readonly reason: string
    readonly detail?: Readonly<Record<string, string | number | boolean | null>>
  },
): Promise<void> {
  const { tenantId, connectionId, grantId } = grant
  const { actor, status, reason, detail = {} } = loss
  const at = new Date(ports.clock.now())
  await ports.db.transaction(async (db) => {
    await lockConnection(db, tenantId, connectionId)
    if ((await markGrant(db, { tenantId, grantId, status, reason, at })) === 0) return
    const isLast = (await settleConnection(db, { tenantId, connectionId, status, reason, at })) > 0
    if (isLast) {
      const held = await findAccount(db, tenantId, connectionId)
      await openAlert(ports, db, {
        tenantId,
        kind: 'connection_lost',
        severity: 'critical',
        connectionId,
        cause: causes.lost(connectionId),
        detail: { account: nameOf(held), reason },
      })
    } else {
      await hurryChecks(db, { tenantId, connectionId }, at)
    }
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

const nameOf = (held: { account_id: string; username: string | null } | undefined): string =>
  held?.username ? `@${held.username}` : (held?.account_id ?? '')
