import { AppError } from '@parley/contract/app-error.ts'
import type { Ports } from '#ports/ports.ts'
import { chooseGrant } from './choose-grant.ts'
import { deriveGrant } from './derive-grant.ts'
import { findKeptGrant } from './find-kept-grant.ts'
import { grantCacheOf } from './grant-cache.ts'
import type { Kept } from './grant-cache.ts'
import { openGrant } from './open-grant.ts'
import type { UsableGrant } from './schema.ts'
import { findAccount, listGrants } from './store.ts'

/**
 * The token to call Meta with, for a connection that may be used right now. Kept in memory at most 60 s; every
 * unsealing leaves an audit line with its purpose.
 *
 * @throws AppError `tokens/needs-reauth`, `connections/not-found`.
 */
export async function useGrant(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'signals'>,
  connection: { readonly tenantId: string; readonly connectionId: string },
  purpose: string,
): Promise<UsableGrant> {
  const kept = findKeptGrant(ports, connection)
  if (kept !== undefined) return kept
  return await grantCacheOf(ports).load(
    connection,
    async () => await unseal(ports, connection, purpose),
  )
}

async function unseal(
  ports: Pick<Ports, 'db' | 'vault' | 'clock'>,
  connection: { readonly tenantId: string; readonly connectionId: string },
  purpose: string,
): Promise<Kept> {
  const { tenantId, connectionId } = connection
  const { db, clock } = ports
  const account = await findAccount(db, tenantId, connectionId)
  if (account === undefined) throw new AppError('connections/not-found')
  if (account.status !== 'active') throw new AppError('tokens/needs-reauth')
  const nowMs = clock.now()
  const chosen = chooseGrant(await listGrants(db, [connection]), nowMs)
  if (chosen === undefined) throw new AppError('tokens/needs-reauth')

  const fetchedAtMs = clock.monotonicMs()
  const grant: UsableGrant = {
    tenantId,
    connectionId,
    grantId: chosen.id,
    login: chosen.login,
    token: await openGrant(ports, chosen, { purpose, who: { actor: 'system' } }),
    nodeId: chosen.login === 'facebook' ? (chosen.page_id ?? '') : account.account_id,
    accountId: account.account_id,
    appId: chosen.app_id,
    personId: chosen.login === 'facebook' ? chosen.token_user_id : null,
    sealed: chosen.sealed_token ?? '',
    fetchedAtMs,
  }
  return { grant, endsAtMs: deriveGrant(chosen, nowMs).endsAtMs }
}
