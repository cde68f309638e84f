import { AppError } from '@parley/contract/app-error.ts'
import { classifyGraphError } from '@parley/instagram/classify-graph-error.ts'
import { PageId } from '@parley/instagram/ids.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import type { TokenInspection } from '@parley/instagram/inspect-token.ts'
import type { Page } from '@parley/instagram/read-pages.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import type { Ports } from '#ports/ports.ts'
import { extendUserToken, listEveryPage } from './find-pages.ts'
import { identifyPage } from './identify-page.ts'
import { judgePage } from './judge-page.ts'
import { mapMetaFailure } from './map-meta-failure.ts'
import { lookAtPageToken } from './look-at-page-token.ts'
import { nameRefusedToken } from './name-refused-token.ts'
import type { Choice, LookedAt } from './schema.ts'

/** What lives longer is a long-lived user token, and its page tokens have no end. */
const SHORT_MS = 24 * 60 * 60 * 1000

type Touched = Pick<Ports, 'graph' | 'clock' | 'config'>

/**
 * Inspects a Facebook token: this app's, alive, and a page's or a person's. Changes nothing; taking a person's
 * short-lived one extends it first.
 *
 * @throws AppError of the slices `connect` and `tokens`.
 */
export async function lookAtFacebookToken(
  ports: Touched,
  input: {
    token: Secret
    appId: string
    pageId: string | undefined
    /** For choosing among several pages. */
    asked: readonly Capability[]
  },
): Promise<LookedAt> {
  const { token, appId, pageId } = input
  const inspection = await inspect(ports, token, appId)
  if (!inspection.scopes.includes('instagram_basic')) {
    throw new AppError('connect/permission-missing')
  }
  if (inspection.profileId !== undefined || inspection.type === 'PAGE') {
    return await lookAtPageToken(ports, { token, appId, pageId, inspection })
  }
  const choice = await choosePage(ports, { ...input, inspection })
  if (choice.accountId === null) throw new AppError('connect/no-eligible-account')
  return {
    accountId: choice.accountId,
    take: async (asked) => {
      const { expiresAtMs } = inspection
      const isShort = typeof expiresAtMs === 'number' && expiresAtMs - ports.clock.now() < SHORT_MS
      const user = isShort
        ? await extendUserToken(ports, { token, expiresInSeconds: undefined })
        : undefined
      if (user?.isShortLived === true) throw new AppError('connect/meta-unavailable')
      const found = {
        choices: [choice],
        userId: inspection.userId ?? null,
        scopes: inspection.scopes,
        dataAccessExpiresAtMs: inspection.dataAccessExpiresAtMs ?? null,
        isShortLived: false,
        userTokenExpiresAtMs: null,
      }
      const userToken = user?.token ?? token
      return {
        status: isShort ? 'exchanged' : 'kept',
        identified: await identifyPage(ports, { choice, found, userToken, appId, asked }),
      }
    },
  }
}

async function inspect(ports: Touched, token: Secret, appId: string): Promise<TokenInspection> {
  const name = async (facts: { error: unknown; otherwise?: 'tokens/other-app' }) =>
    await nameRefusedToken(ports, { login: 'facebook', token, ...facts })
  let inspection: TokenInspection
  try {
    inspection = await ports.graph.inspectFacebookToken(token)
  } catch (error) {
    // So Meta refuses to inspect tokens that are not of the app that asks.
    const isForeign = error instanceof GraphError && error.code === 100
    if (isForeign) throw await name({ error: undefined, otherwise: 'tokens/other-app' })
    throw await name({ error })
  }
  const isForeign = inspection.appId !== undefined && inspection.appId !== appId
  if (isForeign) throw new AppError('tokens/other-app')
  if (inspection.error?.code === 100) {
    throw await name({ error: undefined, otherwise: 'tokens/other-app' })
  }
  if (!inspection.isValid) throw await name({ error: undefined })
  // A valid token that names no app proves nothing.
  if (inspection.appId === undefined) throw new AppError('tokens/other-app')
  return inspection
}

/** The named page, else the only fit one. */
async function choosePage(
  ports: Touched,
  input: {
    token: Secret
    pageId: string | undefined
    inspection: TokenInspection
    asked: readonly Capability[]
  },
): Promise<Choice> {
  const { token, pageId, inspection, asked } = input
  const pages =
    pageId === undefined
      ? await listEveryPage(ports, token, inspection)
      : [await readNamedPage(ports, PageId.parse(pageId), token)]
  if (pages.length === 0) throw new AppError('connect/no-pages')
  const choices = pages.map((page) => judgePage(page, inspection.granularScopes, asked))
  const [first, second] = choices.filter(({ unfit }) => unfit === null)
  if (first === undefined) throw new AppError('connect/no-eligible-account')
  if (second !== undefined) throw new AppError('connect/page-needed')
  return first
}

/** To a token that may not see it, a page is not there. */
async function readNamedPage(ports: Touched, id: PageId, token: Secret): Promise<Page> {
  try {
    return await ports.graph.readPage(id, token)
  } catch (error) {
    const isUnseen = error instanceof GraphError && classifyGraphError(error) === 'fail_message'
    throw isUnseen
      ? new AppError('connect/no-eligible-account', { cause: error })
      : mapMetaFailure(error)
  }
}
