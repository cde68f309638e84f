import { z } from 'zod'
import { callGraph } from './call-graph.ts'
import { readFacebookToken } from './exchange-code.ts'
import type { FacebookToken } from './exchange-code.ts'
import { facebookAppOf, instagramAppOf } from './graph-context.ts'
import type { CallOptions, GraphContext } from './graph-context.ts'
import { parseReply, scopeList, secret } from './reply-schemas.ts'
import type { Secret } from './secret.ts'

/** A token of about 60 days. */
export interface LongToken {
  readonly token: Secret
  readonly expiresInSeconds: number | undefined
  /** Sometimes told on refresh; re-sync with it when it is there. */
  readonly scopes: readonly string[] | undefined
}

const LongTokenReply = z.object({
  access_token: secret,
  expires_in: z.coerce.number().int().positive().optional().catch(undefined),
  permissions: scopeList.optional().catch(undefined),
})

/**
 * Short-lived to long-lived, Instagram. The first call on graph.instagram.com, so a missing tester role or
 * Advanced Access shows here: `needs_permission`.
 * Source: /reference/access_token, read 2026-11-20.
 *
 * @throws GraphError | HttpFailure
 */
export async function extendInstagramToken(
  context: GraphContext,
  token: Secret,
  options?: CallOptions,
): Promise<LongToken> {
  return await readLongToken(context, token, '/access_token', options, {
    grant_type: 'ig_exchange_token',
    client_secret: instagramAppOf(context).secret.reveal(),
  })
}

/**
 * Renews a long-lived Instagram token for 60 days from now. It must be 24 h old, alive, and still have
 * `instagram_business_basic`. Store what comes back; whether the old one lives on is not documented.
 * Source: /reference/refresh_access_token, read 2026-11-20.
 *
 * @throws GraphError | HttpFailure
 */
export async function refreshInstagramToken(
  context: GraphContext,
  token: Secret,
  options?: CallOptions,
): Promise<LongToken> {
  return await readLongToken(context, token, '/refresh_access_token', options, {
    grant_type: 'ig_refresh_token',
  })
}

/**
 * Short-lived to long-lived, Facebook. Page tokens read with the result have no end date.
 * Source: /facebook-login/guides/access-tokens/get-long-lived, read 2026-11-20.
 *
 * @throws GraphError | HttpFailure
 */
export async function extendFacebookToken(
  context: GraphContext,
  token: Secret,
  options?: CallOptions,
): Promise<FacebookToken> {
  const app = facebookAppOf(context)
  return await readFacebookToken(
    context,
    {
      grant_type: 'fb_exchange_token',
      client_id: app.id,
      client_secret: app.secret.reveal(),
      fb_exchange_token: token.reveal(),
    },
    options,
  )
}

async function readLongToken(
  context: GraphContext,
  token: Secret,
  path: string,
  options: CallOptions | undefined,
  query: Readonly<Record<string, string>>,
): Promise<LongToken> {
  const { json } = await callGraph(
    context,
    { login: 'instagram', method: 'GET', path, query, token, tokenIn: 'query', unversioned: true },
    options,
  )
  const reply = parseReply(LongTokenReply, json)
  return {
    token: reply.access_token,
    expiresInSeconds: reply.expires_in,
    scopes: reply.permissions,
  }
}
