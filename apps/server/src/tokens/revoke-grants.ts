import { recordAudit } from '#audit/record-audit.ts'
import type { Queryable } from '#ports/database.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import type { NamedGrant } from './store-forget.ts'
import { listGrants, lockConnection, settleConnection } from './store.ts'
import { revokeGrants as revoke } from './store-forget.ts'
import { tellCapabilities } from './tell-capabilities.ts'
import { tellLoss } from './tell-loss.ts'

export type LostConnection = { readonly tenantId: string; readonly connectionId: string }

/**
 * Meta says that somebody took their consent back: the tokens are destroyed, and a connection that has no other live
 * grant is `revoked`. Doing it again changes nothing. Call `tellConnection` for each after the commit.
 *
 * @returns the connections that are not what they were.
 */
export async function revokeGrants(
  ports: HostEventPorts,
  db: Queryable,
  grants: readonly NamedGrant[],
  by: {
    readonly reason: string
    readonly at: Date
    readonly requestId: string
    readonly address: string
    /** Everything of the account goes: there is nothing to reconnect, and who erases it tells the host. */
    readonly isSilent?: boolean
  },
): Promise<LostConnection[]> {
  const lost: LostConnection[] = []
  const byConnection = Map.groupBy(grants, (grant) => grant.connection_id)
  for (const [connectionId, own] of byConnection) {
    const tenantId = own[0]?.tenant_id ?? ''
    await lockConnection(db, tenantId, connectionId)
    const { reason, at, requestId } = by
    const grantIds = own.map((one) => one.grant_id)
    const before = await listGrants(db, [{ tenantId, connectionId }])
    const count = await revoke(db, { tenantId, grantIds, reason, at })
    if (count === 0) continue
    const isOver =
      (await settleConnection(db, { tenantId, connectionId, status: 'revoked', reason, at })) > 0
    if (by.isSilent !== true) {
      const after = before.filter(({ id }) => !grantIds.includes(id))
      const about = { tenantId, connectionId, requestId }
      await tellCapabilities(ports, db, about, { before, after })
      await tellLoss(ports, db, {
        tenantId,
        connectionId,
        status: 'revoked',
        reason,
        isLast: isOver,
        requestId,
      })
    }
    await recordAudit(db, at, {
      actor: 'meta',
      action: isOver ? 'connection.revoked' : 'connection.grant_revoked',
      tenantId,
      subjectId: connectionId,
      requestId,
      address: by.address,
      detail: { reason, login: own[0]?.login ?? null },
    })
    lost.push({ tenantId, connectionId })
  }
  return lost
}
