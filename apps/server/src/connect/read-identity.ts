import { PageId } from '@parley/instagram/ids.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import { AppError } from '@parley/contract/app-error.ts'
import type { AccountIdentity } from '#connections/schema.ts'
import type { Ports } from '#ports/ports.ts'
import type { GrantRow } from '#tokens/schema.ts'
import { answered } from './identify-instagram.ts'

/**
 * Asks a sealed grant's token who it speaks for: a candidate may have waited for a day.
 *
 * @throws AppError of slice `connect`.
 */
export async function readIdentity(
  ports: Pick<Ports, 'graph'>,
  grant: Pick<GrantRow, 'login' | 'page_id'>,
  token: Secret,
): Promise<AccountIdentity> {
  if (grant.login === 'instagram') {
    const account = await answered(ports.graph.readInstagramAccount(token))
    return {
      accountId: account.accountId,
      appScopedId: account.appScopedId,
      username: account.username === '' ? undefined : account.username,
      name: account.name,
      pictureUrl: account.pictureUrl,
      type: account.type,
    }
  }
  const { account } = await answered(ports.graph.readPage(PageId.parse(grant.page_id), token))
  if (account === undefined) throw new AppError('connect/no-eligible-account')
  return {
    accountId: account.id,
    appScopedId: undefined,
    username: account.username,
    name: account.name,
    pictureUrl: account.pictureUrl,
    type: undefined,
  }
}
