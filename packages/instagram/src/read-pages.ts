import { z } from 'zod'
import { callGraph } from './call-graph.ts'
import type { CallOptions, GraphContext } from './graph-context.ts'
import type { AccountId, PageId } from './ids.ts'
import { accountId, optionalText, pageId, parseReply, secret } from './reply-schemas.ts'
import type { Secret } from './secret.ts'

/** A Facebook page the person may act for, and the professional account linked to it. */
export interface Page {
  readonly id: PageId
  readonly name: string | undefined
  /** Without an end date when read with a long-lived user token; missing without the page role. */
  readonly token: Secret | undefined
  /** `MESSAGING`, `PROFILE_PLUS_MESSAGING`, … as Meta names them. */
  readonly tasks: readonly string[]
  readonly account: LinkedAccount | undefined
}

export interface LinkedAccount {
  readonly id: AccountId
  readonly username: string | undefined
  readonly name: string | undefined
  readonly pictureUrl: string | undefined
}

/** `isComplete` is false when the bound of pages was reached or a cursor led nowhere new. */
export interface PageList {
  readonly pages: readonly Page[]
  readonly isComplete: boolean
}

const PAGES_PER_CALL = 100
const CALLS_MAX = 50
const FIELDS =
  'id,name,access_token,tasks,instagram_business_account{id,username,name,profile_picture_url}'

const PageReply = z
  .object({
    id: pageId,
    name: optionalText,
    access_token: secret.optional(),
    tasks: z.array(z.string()).optional(),
    instagram_business_account: z
      .object({
        id: accountId,
        username: optionalText,
        name: optionalText,
        profile_picture_url: optionalText,
      })
      .nullish(),
  })
  .transform((page): Page => ({
    id: page.id,
    name: page.name,
    token: page.access_token,
    tasks: page.tasks ?? [],
    account: page.instagram_business_account
      ? {
          id: page.instagram_business_account.id,
          username: page.instagram_business_account.username,
          name: page.instagram_business_account.name,
          pictureUrl: page.instagram_business_account.profile_picture_url,
        }
      : undefined,
  }))

const PageListReply = z.object({
  data: z.array(PageReply),
  paging: z.object({ next: z.string().optional() }).optional(),
})

/**
 * Lists the pages of a user token, with page tokens and linked accounts; at most 50 calls of 100.
 * Source: /instagram-api-with-facebook-login/get-started, read 2026-11-20.
 *
 * @throws GraphError | HttpFailure
 */
export async function listPages(
  context: GraphContext,
  userToken: Secret,
  options?: CallOptions,
): Promise<PageList> {
  const pages: Page[] = []
  let query: Record<string, string> = { fields: FIELDS, limit: String(PAGES_PER_CALL) }
  const seen = new Set<string>()
  for (let call = 0; call < CALLS_MAX; call++) {
    const { json } = await callGraph(
      context,
      {
        login: 'facebook',
        method: 'GET',
        path: '/me/accounts',
        query,
        token: userToken,
        tokenIn: 'query',
      },
      options,
    )
    const reply = parseReply(PageListReply, json)
    pages.push(...reply.data)
    const next = reply.paging?.next
    if (next === undefined) return { pages, isComplete: true }
    // A cursor that comes again would turn in a circle.
    if (seen.has(next)) break
    seen.add(next)
    query = { ...query, ...cursorOf(next) }
  }
  return { pages, isComplete: false }
}

/** Reads one page, when `/me/accounts` hides it but the person ticked it. Throws as `listPages`. */
export async function readPage(
  context: GraphContext,
  id: PageId,
  token: Secret,
  options?: CallOptions,
): Promise<Page> {
  const { json } = await callGraph(
    context,
    {
      login: 'facebook',
      method: 'GET',
      path: `/${id}`,
      query: { fields: FIELDS },
      token,
      tokenIn: 'query',
    },
    options,
  )
  return parseReply(PageReply, json)
}

/**
 * Only the position is taken from `paging.next`: the next call goes to the configured host and path,
 * whatever address an answer names, and the token in that address is not used.
 */
function cursorOf(next: string): Record<string, string> {
  const params = new URL(next, 'https://graph.facebook.com').searchParams
  const cursor: Record<string, string> = {}
  for (const name of ['after', 'offset', '__paging_token']) {
    const value = params.get(name)
    if (value !== null) cursor[name] = value
  }
  return cursor
}
