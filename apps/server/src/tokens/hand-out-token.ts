import { AppError } from '@parley/contract/app-error.ts'
import type { AccessToken } from '@parley/contract/connection.ts'
import type { Ports } from '#ports/ports.ts'
import { chooseGrant } from './choose-grant.ts'
import { openGrant } from './open-grant.ts'
import type { Who } from './schema.ts'
import { findAccount, findTenantOf, listGrants } from './store.ts'

/**
 * The token in use, for a host that calls Meta by itself. Unsealed anew each time, so that each hand-out has its own
 * audit line.
 *
 * @param input `tenants`: who may be looked at; null: everybody.
 * @throws AppError `connections/not-found`, `tokens/needs-reauth`.
 */
export async function handOutToken(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'measures'>,
  input: { connectionId: string; tenants: readonly string[] | null; who: Who },
): Promise<AccessToken> {
  const { connectionId, who } = input
  const tenantId = await findTenantOf(ports.db, connectionId, input.tenants)
  const account = tenantId && (await findAccount(ports.db, tenantId, connectionId))
  if (!tenantId || !account) throw new AppError('connections/not-found')
  if (account.status !== 'active') throw new AppError('tokens/needs-reauth')
  const grants = await listGrants(ports.db, [{ tenantId, connectionId }])
  const grant = chooseGrant(grants, ports.clock.now())
  if (grant === undefined) throw new AppError('tokens/needs-reauth')
  const token = await openGrant(ports, grant, { purpose: 'hand_out', who })
  ports.measures.note({ kind: 'token_reads', subject: connectionId, tenantId })
  // A tenant's own signed-in users are told apart by what they read; keys by themselves too.
  if (who.actor.startsWith('key:')) {
    ports.measures.note({ kind: 'token_reads', subject: who.actor })
  }
  return {
    accessToken: token.reveal(),
    login: grant.login,
    expiresAt: grant.expires_at?.toISOString() ?? null,
    expiry: grant.expiry,
    scopes: grant.scopes,
    accountId: account.account_id,
    pageId: grant.page_id,
  }
}
