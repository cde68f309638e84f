import type { SignedRequest } from '@parley/instagram/signed-request.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { findNamedGrants } from '#tokens/find-named-grants.ts'
import { revokeGrants } from '#tokens/revoke-grants.ts'
import { tellConnection } from '#tokens/tell-connection.ts'
import { tellMetaCall } from '#webhooks/tell-meta-call.ts'
import type { Who } from './schema.ts'
import { insertSignedRequest } from './store.ts'

/**
 * Meta says that somebody removed the app: the tokens of that login are destroyed, wherever they are. The other login of
 * a connection goes on. Told again, or of somebody nobody knows, nothing changes.
 */
export async function acceptDeauthorize(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'config' | 'vault' | 'signals'>,
  request: SignedRequest & { readonly hash: string },
  who: Who,
): Promise<void> {
  const at = new Date(ports.clock.now())
  const lost = await ports.db.transaction(async (db) => {
    if (!(await insertSignedRequest(db, request.hash, at))) return []
    const named = await findNamedGrants(ports, db, request)
    const lost = await revokeGrants(ports, db, named, { ...who, reason: 'deauthorized', at })
    await recordAudit(db, at, {
      ...who,
      action: 'meta.deauthorized',
      detail: { app: request.signedWith, connections: lost.length },
    })
    return lost
  })
  tellMetaCall(ports)
  for (const { tenantId, connectionId } of lost) tellConnection(ports, tenantId, connectionId)
}
