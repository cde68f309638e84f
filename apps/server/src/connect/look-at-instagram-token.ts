import { AppError } from '@parley/contract/app-error.ts'
import { classifyGraphError } from '@parley/instagram/classify-graph-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { InstagramAccount } from '@parley/instagram/read-account.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import { scopesFor } from '@parley/instagram/scopes.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import type { Ports } from '#ports/ports.ts'
import type { Credential } from '#tokens/schema.ts'
import { answered } from './identify-instagram.ts'
import { isPassing, mapMetaFailure } from './map-meta-failure.ts'
import { nameRefusedToken } from './name-refused-token.ts'
import { proveInstagramApp } from './prove-instagram-app.ts'
import type { LookedAt } from './schema.ts'

type Touched = Pick<Ports, 'graph' | 'clock' | 'config'>
type Life = Pick<Credential, 'token' | 'expiry' | 'expiresAtMs'> & {
  readonly scopes: readonly string[] | undefined
}

/**
 * An Instagram token cannot be inspected, so it is tried: `/me` says who it is, and changes nothing. Taking it then
 * exchanges a short-lived one, which proves the app by its secret; a long-lived one is proven by subscribing, then
 * refreshed where Meta allows it.
 *
 * @throws AppError of the slices `connect` and `tokens`.
 */
export async function lookAtInstagramToken(
  ports: Touched,
  input: { token: Secret; appId: string },
): Promise<LookedAt> {
  const { token, appId } = input
  const account = await readAccount(ports, token)
  if (account.type === 'other') throw new AppError('connect/not-professional')
  return {
    accountId: account.accountId,
    take: async (asked) => {
      const long = await exchange(ports, token)
      if (long !== undefined) await refuseOther(ports, long.token, account)
      else {
        await proveInstagramApp(ports, { accountId: account.accountId, token, appId, asked })
      }
      const life = long ?? (await refresh(ports, token, account))
      return {
        status: long === undefined ? 'kept' : 'exchanged',
        identified: {
          credential: credentialOf(life, { account, appId, asked }),
          identity: {
            accountId: account.accountId,
            appScopedId: account.appScopedId,
            username: account.username === '' ? undefined : account.username,
            name: account.name,
            pictureUrl: account.pictureUrl,
            type: account.type,
          },
        },
      }
    },
  }
}

async function readAccount(ports: Touched, token: Secret): Promise<InstagramAccount> {
  try {
    return await ports.graph.readInstagramAccount(token)
  } catch (error) {
    throw await nameRefusedToken(ports, { login: 'instagram', token, error })
  }
}

/** @returns undefined when Meta says that it is no short-lived token. */
async function exchange(ports: Touched, token: Secret): Promise<Life | undefined> {
  try {
    const long = await ports.graph.extendInstagramToken(token)
    return lifeOf(ports, long)
  } catch (error) {
    if (isPassing(error)) throw mapMetaFailure(error)
    if (error instanceof GraphError && classifyGraphError(error) === 'app_broken') {
      throw new AppError('tokens/other-app', {
        detail: 'Or INSTAGRAM_APP_SECRET is not the Instagram app’s.',
        cause: error,
      })
    }
    return undefined
  }
}

/** What came back is kept only as a token of the same account. */
async function refuseOther(
  ports: Touched,
  token: Secret,
  account: InstagramAccount,
): Promise<void> {
  const self = await answered(ports.graph.readInstagramAccount(token))
  if (self.accountId === account.accountId) return
  throw new AppError('connect/exchange-failed', {
    detail: 'Meta exchanged the token for one of another account. It was not kept.',
  })
}

/** One that Meta does not renew now (too young, above all) is kept as it is: the sweep comes to it in a day. */
async function refresh(ports: Touched, token: Secret, account: InstagramAccount): Promise<Life> {
  try {
    const renewed = await ports.graph.refreshInstagramToken(token)
    const self = await ports.graph.readInstagramAccount(renewed.token)
    if (self.accountId === account.accountId) return lifeOf(ports, renewed)
  } catch (error) {
    if (!(error instanceof GraphError) && !(error instanceof HttpFailure)) throw error
  }
  return { token, expiry: 'unknown', expiresAtMs: undefined, scopes: undefined }
}

function lifeOf(
  ports: Pick<Ports, 'clock'>,
  long: Awaited<ReturnType<Ports['graph']['extendInstagramToken']>>,
): Life {
  const { token, expiresInSeconds, scopes } = long
  const isKnown = expiresInSeconds !== undefined
  const expiresAtMs = isKnown ? ports.clock.now() + expiresInSeconds * 1000 : undefined
  return { token, expiry: isKnown ? 'known' : 'unknown', expiresAtMs, scopes }
}

function credentialOf(
  life: Life,
  {
    account,
    appId,
    asked,
  }: { account: InstagramAccount; appId: string; asked: readonly Capability[] },
): Credential {
  const wanted = scopesFor('instagram', asked)
  // When Meta does not list them, what is asked is the best there is; the subscription proves the rest.
  const scopes = life.scopes ?? wanted
  return {
    login: 'instagram',
    appId,
    token: life.token,
    userToken: undefined,
    isShortLived: false,
    tokenUserId: account.accountId,
    pageId: undefined,
    scopes,
    declinedScopes: wanted.filter((scope) => !scopes.includes(scope)),
    expiry: life.expiry,
    expiresAtMs: life.expiresAtMs,
    dataAccessExpiresAtMs: undefined,
  }
}
