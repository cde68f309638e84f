import type { Secret } from '@parley/instagram/secret.ts'
import type { Ports } from '#ports/ports.ts'
import type { ClaimedGrant } from './claim-short-grants.ts'
import { planRefresh } from './plan-refresh.ts'
import { tokenPlace, userTokenPlace } from './schema.ts'
import type { Expiry, GrantRow } from './schema.ts'
import { findGrant, updateShortToken } from './store.ts'

/**
 * Puts the long-lived token where the one-hour token was.
 *
 * @returns the grant as it is now; undefined when the claim was lost or the candidate destroyed.
 */
export async function replaceShortToken(
  ports: Pick<Ports, 'db' | 'vault' | 'clock'>,
  grant: ClaimedGrant,
  long: {
    token: Secret
    userToken: Secret | undefined
    expiry: Expiry
    expiresInSeconds: number | undefined
  },
): Promise<GrantRow | undefined> {
  const { tenant_id: tenantId, id, connection_id: connectionId } = grant
  const issuedAtMs = ports.clock.now()
  const { expiry } = long
  const expiresAtMs =
    long.expiresInSeconds === undefined ? undefined : issuedAtMs + long.expiresInSeconds * 1000
  const nextRefreshAtMs = planRefresh({ connectionId, issuedAtMs, expiry, expiresAtMs })
  const { vault } = ports
  const written = await updateShortToken(ports.db, {
    tenant_id: tenantId,
    id,
    fence: grant.fence,
    sealed_token: await vault.sealToken(tenantId, tokenPlace(id), long.token),
    sealed_user_token:
      long.userToken === undefined
        ? null
        : await vault.sealToken(tenantId, userTokenPlace(id), long.userToken),
    expiry,
    expires_at: expiresAtMs === undefined ? null : new Date(expiresAtMs),
    next_refresh_at: nextRefreshAtMs === undefined ? null : new Date(nextRefreshAtMs),
    issued_at: new Date(issuedAtMs),
    scopes: grant.scopes,
  })
  return written === 1 ? await findGrant(ports.db, tenantId, id) : undefined
}
