import { AppError } from '@parley/contract/app-error.ts'
import { SHORT_LIVED_TOKEN_LIFE_MS } from '@parley/instagram/limits.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import { scopesFor } from '@parley/instagram/scopes.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import type { Ports } from '#ports/ports.ts'
import type { Credential } from '#tokens/schema.ts'
import { isPassing, mapMetaFailure } from './map-meta-failure.ts'
import type { Identified } from './schema.ts'

type Token = Pick<Credential, 'token' | 'isShortLived' | 'expiry' | 'expiresAtMs'>

/**
 * Trades the code, once, and asks the token who it is. When only the long-lived token does not come, the one-hour
 * token is kept and the rest is done later.
 *
 * @throws AppError of slice `connect`.
 */
export async function identifyInstagram(
  ports: Pick<Ports, 'graph' | 'clock'>,
  input: {
    code: string
    redirectUri: string
    verifier: string
    appId: string
    asked: readonly Capability[]
  },
): Promise<Identified> {
  const { code, redirectUri, verifier, appId, asked } = input
  const short = await answered(
    ports.graph.exchangeInstagramCode({ code, redirectUri, codeVerifier: verifier }),
  )
  const wanted = scopesFor('instagram', asked)
  // When Meta does not list them, what was asked is the best there is; the subscription proves the rest.
  const scopes = short.scopes ?? wanted
  if (!scopes.includes('instagram_business_basic')) throw new AppError('connect/permission-missing')

  const token = await extend(ports, short.token)
  const account = await answered(ports.graph.readInstagramAccount(token.token))
  if (account.type === 'other') throw new AppError('connect/not-professional')
  return {
    credential: {
      ...token,
      login: 'instagram',
      appId,
      userToken: undefined,
      tokenUserId: account.accountId,
      pageId: undefined,
      scopes,
      declinedScopes: wanted.filter((scope) => !scopes.includes(scope)),
      dataAccessExpiresAtMs: undefined,
    },
    identity: {
      accountId: account.accountId,
      appScopedId: account.appScopedId ?? short.appScopedId,
      username: account.username === '' ? undefined : account.username,
      name: account.name,
      pictureUrl: account.pictureUrl,
      type: account.type,
    },
  }
}

async function extend(ports: Pick<Ports, 'graph' | 'clock'>, short: Secret): Promise<Token> {
  const nowMs = ports.clock.now()
  try {
    const long = await ports.graph.extendInstagramToken(short)
    const { expiresInSeconds } = long
    const isKnown = expiresInSeconds !== undefined
    return {
      token: long.token,
      isShortLived: false,
      expiry: isKnown ? 'known' : 'unknown',
      expiresAtMs: isKnown ? nowMs + expiresInSeconds * 1000 : undefined,
    }
  } catch (error) {
    if (!isPassing(error)) throw mapMetaFailure(error)
    return {
      token: short,
      isShortLived: true,
      expiry: 'known',
      expiresAtMs: nowMs + SHORT_LIVED_TOKEN_LIFE_MS,
    }
  }
}

/** Meta's answer, or our own refusal in place of Meta's. */
export async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw mapMetaFailure(error)
  }
}
