import { AppError } from '@parley/contract/app-error.ts'
import { PageId } from '@parley/instagram/ids.ts'
import type { TokenInspection } from '@parley/instagram/inspect-token.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import { scopesFor } from '@parley/instagram/scopes.ts'
import type { Ports } from '#ports/ports.ts'
import { answered } from './identify-instagram.ts'
import { lifeOf } from './identify-page.ts'
import type { LookedAt } from './schema.ts'

/** A page token that ends within so long was read with a short-lived user token, and cannot be extended. */
const SHORT_MS = 24 * 60 * 60 * 1000

/**
 * A page's own token: it acts for its page and for no other.
 *
 * @throws AppError `connect/wrong-account`, `connect/no-eligible-account`, `tokens/too-short`, others of `connect`.
 */
export async function lookAtPageToken(
  ports: Pick<Ports, 'graph' | 'clock'>,
  input: {
    token: Secret
    appId: string
    pageId: string | undefined
    inspection: TokenInspection
  },
): Promise<LookedAt> {
  const { token, appId, inspection } = input
  const ownId = inspection.profileId ?? (await answered(ports.graph.readFacebookSelf(token))).id
  if (input.pageId !== undefined && input.pageId !== ownId) {
    throw new AppError('connect/wrong-account', { detail: 'The token is another page’s.' })
  }
  const page = await answered(ports.graph.readPage(PageId.parse(ownId), token))
  const { account } = page
  if (account === undefined) throw new AppError('connect/no-eligible-account')
  const { expiresAtMs } = inspection
  if (typeof expiresAtMs === 'number' && expiresAtMs - ports.clock.now() < SHORT_MS) {
    throw new AppError('tokens/too-short')
  }
  return {
    accountId: account.id,
    take: async (asked) => ({
      status: 'kept',
      identified: {
        credential: {
          login: 'facebook',
          appId,
          token,
          userToken: undefined,
          isShortLived: false,
          tokenUserId: inspection.userId,
          pageId: page.id,
          scopes: inspection.scopes,
          declinedScopes: scopesFor('facebook', asked).filter(
            (scope) => !inspection.scopes.includes(scope),
          ),
          ...lifeOf(expiresAtMs),
          dataAccessExpiresAtMs: inspection.dataAccessExpiresAtMs,
        },
        identity: {
          accountId: account.id,
          appScopedId: undefined,
          username: account.username,
          name: account.name,
          pictureUrl: account.pictureUrl,
          type: undefined,
        },
      },
    }),
  }
}
