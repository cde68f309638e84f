import { AppError } from '@parley/contract/app-error.ts'
import type { TokenInspection } from '@parley/instagram/inspect-token.ts'
import { PageId } from '@parley/instagram/ids.ts'
import { SHORT_LIVED_TOKEN_LIFE_MS } from '@parley/instagram/limits.ts'
import type { Page } from '@parley/instagram/read-pages.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import type { Ports } from '#ports/ports.ts'
import { answered } from './identify-instagram.ts'
import { judgePage } from './judge-page.ts'
import { isPassing, mapMetaFailure } from './map-meta-failure.ts'
import type { Found } from './schema.ts'

/** Pages read one by one when the list hides them. */
const HIDDEN_PAGES_MAX = 50

type Touched = Pick<Ports, 'graph' | 'clock'>

/**
 * Trades Facebook's code, once, for a long-lived user token, proves that it is this app's, and lists every page of the
 * person with what stands in its way.
 *
 * @throws AppError of slice `connect`.
 */
export async function findPages(
  ports: Touched,
  input: {
    code: string
    redirectUri: string
    verifier: string
    appId: string
    asked: readonly Capability[]
  },
): Promise<{ userToken: Secret; found: Found }> {
  const { code, redirectUri, verifier, appId, asked } = input
  const short = await answered(
    ports.graph.exchangeFacebookCode({ code, redirectUri, codeVerifier: verifier }),
  )
  const user = await extendUserToken(ports, short)
  const inspection = await answered(ports.graph.inspectFacebookToken(user.token))
  if (!inspection.isValid || inspection.appId !== appId) {
    throw new AppError('connect/exchange-failed')
  }
  if (!inspection.scopes.includes('instagram_basic')) {
    throw new AppError('connect/permission-missing')
  }
  const pages = await listEveryPage(ports, user.token, inspection)
  if (pages.length === 0) {
    const isListable = inspection.scopes.includes('pages_show_list')
    throw new AppError(isListable ? 'connect/no-pages' : 'connect/permission-missing')
  }
  return {
    userToken: user.token,
    found: {
      choices: pages.map((page) => judgePage(page, inspection.granularScopes, asked)),
      userId: inspection.userId ?? null,
      scopes: inspection.scopes,
      dataAccessExpiresAtMs: inspection.dataAccessExpiresAtMs ?? null,
      isShortLived: user.isShortLived,
      userTokenExpiresAtMs: user.expiresAtMs ?? null,
    },
  }
}

type UserToken = { token: Secret; isShortLived: boolean; expiresAtMs: number | undefined }

/** Page tokens of a short-lived user token die with it, so the long-lived one comes first. */
export async function extendUserToken(
  ports: Touched,
  short: { token: Secret; expiresInSeconds: number | undefined },
): Promise<UserToken> {
  const nowMs = ports.clock.now()
  const endOf = (seconds: number | undefined): number | undefined =>
    seconds === undefined ? undefined : nowMs + seconds * 1000
  try {
    const long = await ports.graph.extendFacebookToken(short.token)
    return { token: long.token, isShortLived: false, expiresAtMs: endOf(long.expiresInSeconds) }
  } catch (error) {
    if (!isPassing(error)) throw mapMetaFailure(error)
    return {
      token: short.token,
      isShortLived: true,
      expiresAtMs: endOf(short.expiresInSeconds) ?? nowMs + SHORT_LIVED_TOKEN_LIFE_MS,
    }
  }
}

/** `/me/accounts` to its last page; pages of a business portfolio may hide there and are read by id. */
export async function listEveryPage(
  ports: Pick<Ports, 'graph'>,
  userToken: Secret,
  inspection: TokenInspection,
): Promise<Page[]> {
  const { pages } = await answered(ports.graph.listPages(userToken))
  if (pages.length > 0) return [...pages]
  const ids = inspection.granularScopes
    .filter(({ scope }) => scope.startsWith('pages_'))
    .flatMap(({ targetIds }) => targetIds ?? [])
  const hidden: Page[] = []
  for (const id of [...new Set(ids)].slice(0, HIDDEN_PAGES_MAX)) {
    hidden.push(await answered(ports.graph.readPage(PageId.parse(id), userToken)))
  }
  return hidden
}
