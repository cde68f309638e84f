import { z } from 'zod'
import { callMeta, withQuery } from './call-graph.ts'
import { facebookAppOf, instagramAppOf } from './graph-context.ts'
import type { CallOptions, GraphContext } from './graph-context.ts'
import { flatOrListed, anyId, parseReply, scopeList, secret } from './reply-schemas.ts'
import type { Secret } from './secret.ts'

export interface CodeExchange {
  readonly code: string
  /** Byte for byte the one of the authorize address. */
  readonly redirectUri: string
  readonly codeVerifier?: string | undefined
}

/** A short-lived token, good for an hour, and what was granted with it. */
export interface InstagramShortToken {
  readonly token: Secret
  /** The account's app-scoped number; never the one webhooks carry. */
  readonly appScopedId: string | undefined
  /** What the person granted; `undefined` when Meta does not say. */
  readonly scopes: readonly string[] | undefined
}

/** `expiresInSeconds` is `undefined` when Meta names no date. */
export interface FacebookToken {
  readonly token: Secret
  readonly expiresInSeconds: number | undefined
}

const InstagramReply = flatOrListed(
  z.object({
    access_token: secret,
    // Documented as text, delivered as a bare 17-digit integer; without it the login still counts.
    user_id: anyId.optional().catch(undefined),
    permissions: scopeList.optional().catch(undefined),
  }),
)

/** `token_type` is always bearer and sometimes missing, so nobody reads it. */
const FacebookTokenReply = z.object({
  access_token: secret,
  expires_in: z.coerce.number().int().positive().optional().catch(undefined),
})

/**
 * Trades Instagram's code for a short-lived token. One attempt: a code counts as used once it was sent.
 * Source: /business-login, read 2026-11-20; flat replies from live traffic.
 *
 * @throws GraphError | HttpFailure
 */
export async function exchangeInstagramCode(
  context: GraphContext,
  exchange: CodeExchange,
  options?: CallOptions,
): Promise<InstagramShortToken> {
  const app = instagramAppOf(context)
  const form = new URLSearchParams({
    client_id: app.id,
    client_secret: app.secret.reveal(),
    grant_type: 'authorization_code',
    redirect_uri: exchange.redirectUri,
    code: exchange.code,
  })
  if (exchange.codeVerifier !== undefined) form.set('code_verifier', exchange.codeVerifier)
  const { json } = await callMeta(
    context,
    {
      host: 'instagram_api',
      kind: 'token',
      // A code that is none is the person's doing.
      mayRefuse: true,
      method: 'POST',
      url: `${context.urls.instagramApi}/oauth/access_token`,
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: form.toString(),
    },
    options,
  )
  const reply = parseReply(InstagramReply, json)
  return { token: reply.access_token, appScopedId: reply.user_id, scopes: reply.permissions }
}

/**
 * Trades Facebook's code for a user token of an hour or two. One attempt, as above.
 * Source: /facebook-login/guides/advanced/manual-flow, read 2026-11-20.
 *
 * @throws GraphError | HttpFailure
 */
export async function exchangeFacebookCode(
  context: GraphContext,
  exchange: CodeExchange,
  options?: CallOptions,
): Promise<FacebookToken> {
  const app = facebookAppOf(context)
  return await readFacebookToken(
    context,
    {
      client_id: app.id,
      client_secret: app.secret.reveal(),
      redirect_uri: exchange.redirectUri,
      code: exchange.code,
      code_verifier: exchange.codeVerifier,
    },
    options,
  )
}

/** `GET /{version}/oauth/access_token` on graph.facebook.com, whatever the grant. */
export async function readFacebookToken(
  context: GraphContext,
  query: Readonly<Record<string, string | undefined>>,
  options?: CallOptions,
): Promise<FacebookToken> {
  const { json } = await callMeta(
    context,
    {
      host: 'facebook_graph',
      kind: 'token',
      mayRefuse: true,
      method: 'GET',
      url: withQuery(`${context.urls.facebookGraph}/${context.version}/oauth/access_token`, query),
      headers: { accept: 'application/json' },
    },
    options,
  )
  const reply = parseReply(FacebookTokenReply, json)
  return { token: reply.access_token, expiresInSeconds: reply.expires_in }
}
