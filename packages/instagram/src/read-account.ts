import { z } from 'zod'
import { callGraph } from './call-graph.ts'
import type { CallOptions, GraphContext } from './graph-context.ts'
import type { AccountId, AppScopedId } from './ids.ts'
import {
  accountId,
  anyId,
  appScopedId,
  flatOrListed,
  optionalText,
  parseReply,
} from './reply-schemas.ts'
import type { Secret } from './secret.ts'

/** `/me` of an Instagram-Login token. */
export interface InstagramAccount {
  /** `user_id`: the number webhooks and paths use. */
  readonly accountId: AccountId
  /** `id`: the number deauthorize and deletion callbacks use. */
  readonly appScopedId: AppScopedId | undefined
  readonly username: string
  readonly name: string | undefined
  /** `other` when Meta's word is neither Business nor Media_Creator. */
  readonly type: 'business' | 'creator' | 'other' | undefined
  /** Signed CDN address that expires. */
  readonly pictureUrl: string | undefined
  readonly mediaCount: number | undefined
  readonly followersCount: number | undefined
}

const FIELDS =
  'id,user_id,username,name,account_type,profile_picture_url,media_count,followers_count'

const AccountReply = flatOrListed(
  z.object({
    user_id: accountId,
    id: appScopedId.optional(),
    username: optionalText.transform((value) => value ?? ''),
    name: optionalText,
    account_type: optionalText,
    profile_picture_url: optionalText,
    media_count: z.number().int().optional().catch(undefined),
    followers_count: z.number().int().optional().catch(undefined),
  }),
)

/**
 * Reads the account behind an Instagram token.
 * Source: /instagram-api-with-instagram-login/get-started, read 2026-11-20; flat replies from live traffic.
 *
 * @throws GraphError | HttpFailure
 */
export async function readInstagramAccount(
  context: GraphContext,
  token: Secret,
  options?: CallOptions,
): Promise<InstagramAccount> {
  const { json } = await callGraph(
    context,
    {
      login: 'instagram',
      method: 'GET',
      path: '/me',
      query: { fields: FIELDS },
      token,
      tokenIn: 'query',
    },
    options,
  )
  const reply = parseReply(AccountReply, json)
  return {
    accountId: reply.user_id,
    appScopedId: reply.id,
    username: reply.username,
    name: reply.name,
    type: accountType(reply.account_type),
    pictureUrl: reply.profile_picture_url,
    mediaCount: reply.media_count,
    followersCount: reply.followers_count,
  }
}

/** Spelt `Business` and `Media_Creator` on Meta's page, in capitals elsewhere. */
function accountType(word: string | undefined): InstagramAccount['type'] {
  if (word === undefined) return undefined
  const lower = word.toLowerCase()
  if (lower === 'business') return 'business'
  return lower.includes('creator') ? 'creator' : 'other'
}

/** Who a Facebook token speaks for: the person (user token) or the page (page token). */
export async function readFacebookSelf(
  context: GraphContext,
  token: Secret,
  options?: CallOptions,
): Promise<{ readonly id: string; readonly name: string | undefined }> {
  const { json } = await callGraph(
    context,
    {
      login: 'facebook',
      method: 'GET',
      path: '/me',
      query: { fields: 'id,name' },
      token,
      tokenIn: 'query',
    },
    options,
  )
  return parseReply(z.object({ id: anyId, name: optionalText }), json)
}
