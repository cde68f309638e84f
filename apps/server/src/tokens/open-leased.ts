import type { Ports } from '#ports/ports.ts'
import { openGrant } from './open-grant.ts'
import type { LeasedGrant, UsableGrant } from './schema.ts'
import { findAccount } from './store.ts'

/**
 * The token of a grant this worker holds.
 *
 * @throws AppError `tokens/needs-reauth` when it does not open.
 */
export async function openLeased(
  ports: Pick<Ports, 'db' | 'vault' | 'clock'>,
  held: LeasedGrant,
  purpose: string,
): Promise<UsableGrant> {
  const { tenant_id: tenantId, connection_id: connectionId } = held
  const account = await findAccount(ports.db, tenantId, connectionId)
  const accountId = account?.account_id ?? ''
  return {
    tenantId,
    connectionId,
    grantId: held.id,
    login: held.login,
    token: await openGrant(ports, held, { purpose, who: { actor: 'system' } }),
    nodeId: held.login === 'facebook' ? (held.page_id ?? '') : accountId,
    accountId,
    appId: held.app_id,
    personId: held.login === 'facebook' ? held.token_user_id : null,
    sealed: held.sealed_token ?? '',
    fetchedAtMs: ports.clock.monotonicMs(),
  }
}
