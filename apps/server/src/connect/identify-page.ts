import { AppError } from '@parley/contract/app-error.ts'
import { PageId } from '@parley/instagram/ids.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import { scopesFor } from '@parley/instagram/scopes.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import type { Ports } from '#ports/ports.ts'
import { answered } from './identify-instagram.ts'
import type { Choice, Found, Identified } from './schema.ts'

/**
 * The page's own token for a chosen page; the person's never acts on a page. Proven: this app's, this page's, with the
 * account that was chosen.
 *
 * @throws AppError of slice `connect`.
 */
export async function identifyPage(
  ports: Pick<Ports, 'graph'>,
  input: {
    choice: Choice
    found: Found
    userToken: Secret
    appId: string
    asked: readonly Capability[]
  },
): Promise<Identified> {
  const { choice, found, userToken, appId, asked } = input
  const page = await answered(ports.graph.readPage(PageId.parse(choice.pageId), userToken))
  const { token, account } = page
  if (token === undefined || account === undefined || account.id !== choice.accountId) {
    throw new AppError('connect/no-eligible-account')
  }
  const inspection = await answered(ports.graph.inspectFacebookToken(token))
  const isOfPage = inspection.profileId === undefined || inspection.profileId === page.id
  if (!inspection.isValid || inspection.appId !== appId || !isOfPage) {
    throw new AppError('connect/exchange-failed')
  }
  const { expiresAtMs } = inspection
  return {
    credential: {
      login: 'facebook',
      appId,
      token,
      userToken,
      isShortLived: found.isShortLived,
      tokenUserId: found.userId ?? undefined,
      pageId: page.id,
      scopes: inspection.scopes.length > 0 ? inspection.scopes : found.scopes,
      declinedScopes: scopesFor('facebook', asked).filter((scope) => !found.scopes.includes(scope)),
      ...(found.isShortLived
        ? { expiry: 'known', expiresAtMs: found.userTokenExpiresAtMs ?? undefined }
        : lifeOf(expiresAtMs)),
      dataAccessExpiresAtMs:
        inspection.dataAccessExpiresAtMs ?? found.dataAccessExpiresAtMs ?? undefined,
    },
    identity: {
      accountId: account.id,
      appScopedId: undefined,
      username: account.username,
      name: account.name,
      pictureUrl: account.pictureUrl,
      type: undefined,
    },
  }
}

export function lifeOf(
  expiresAtMs: number | 'never' | undefined,
): Pick<Identified['credential'], 'expiry' | 'expiresAtMs'> {
  if (expiresAtMs === 'never') return { expiry: 'never', expiresAtMs: undefined }
  if (expiresAtMs === undefined) return { expiry: 'unknown', expiresAtMs: undefined }
  return { expiry: 'known', expiresAtMs }
}
