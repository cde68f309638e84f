import type { Box } from '#box.ts'
import { findAccount } from '#world/find.ts'
import { issueToken } from '#world/issue-token.ts'
import type { Token } from '#world/tokens.ts'
import type { Page } from '#world/world.ts'
import { authenticate } from './authenticate.ts'
import type { GraphCall } from './graph-call.ts'
import { pageOf } from './paging.ts'
import { findText, parseFields, pick } from './params.ts'
import type { FieldTree } from './params.ts'
import { pictureUrl } from './pictures.ts'
import { missingObject, refusal } from './refusals.ts'

const LISTED_TASKS = /MANAGE|CREATE_CONTENT|MODERATE|ADVERTISE|FULL_CONTROL/

/** `/me/accounts`: the ticked pages, a few at a time whatever `limit` says. */
export function listPages(box: Box, call: GraphCall): unknown {
  const token = authenticate(box, call)
  if (token.holder.type !== 'facebook_user') {
    throw refusal(100, {
      message: '(#100) Tried accessing nonexisting field (accounts) on node type (Page)',
    })
  }
  const pages = token.scopes.includes('pages_show_list')
    ? box.world.pages.filter(
        (page) =>
          token.pageIds.includes(page.id) && page.tasks.some((task) => LISTED_TASKS.test(task)),
      )
    : []
  const fields = parseFields(
    findText(call.params, 'fields') ?? 'id,name,category,tasks,access_token',
  )
  const limitMax = box.world.switches.accountsPageMax
  const { data, ...paging } = pageOf(box, call, pages, { limitDefault: 25, limitMax })
  return { data: data.map((page) => pageFields(box, token, page, fields)), ...paging }
}

/** `/{page-id}` for a token that may see the page. */
export function readPage(box: Box, call: GraphCall, token: Token, page: Page): unknown {
  const isOwn = token.holder.type === 'page' && token.holder.pageId === page.id
  const isManaged = token.holder.type === 'facebook_user' && token.pageIds.includes(page.id)
  if (!isOwn && !isManaged) throw missingObject(page.id, call.method)
  const fields = parseFields(findText(call.params, 'fields') ?? 'id,name')
  return pageFields(box, token, page, fields)
}

function pageFields(box: Box, token: Token, page: Page, fields: FieldTree) {
  const linked = token.scopes.includes('instagram_basic') ? linkedAccount(box, page) : undefined
  const asked = fields.get('instagram_business_account')?.fields ?? new Map()
  const instagram = linked && pick(asked, linked)
  return pick(fields, {
    id: page.id,
    name: page.name,
    category: page.category,
    category_list: [{ id: '1605186416478696', name: page.category }],
    tasks: page.tasks,
    access_token: fields.has('access_token') ? pageToken(box, token, page).value : undefined,
    instagram_business_account: instagram,
    connected_instagram_account: instagram,
    link: `https://www.facebook.com/${page.id}`,
  })
}

function linkedAccount(box: Box, { instagram }: Page): Record<string, unknown> | undefined {
  if (!instagram) return undefined
  if (!('accountKey' in instagram)) return { ...instagram, name: instagram.username }
  const account = findAccount(box.world, instagram.accountKey)
  return (
    account && {
      id: account.id,
      username: account.username,
      name: account.name,
      profile_picture_url: pictureUrl(box, `accounts/${account.key}.svg`),
      followers_count: account.followersCount,
    }
  )
}

/**
 * The page token a user token leads to: the same string every time it is asked for. From a
 * long-lived user token it never expires, from a short-lived one it dies with it.
 */
function pageToken(box: Box, from: Token, page: Page): Token {
  if (from.holder.type === 'page') return from
  const nowMs = box.clock.now()
  const isLong = from.kind === 'fb_long'
  const known = box.world.tokens.find(
    (token) =>
      token.holder.type === 'page' &&
      token.holder.pageId === page.id &&
      token.death === null &&
      token.issuedAtMs >= from.issuedAtMs &&
      token.expiresAtMs === (isLong ? null : from.expiresAtMs),
  )
  if (known) return known
  const accountKey =
    page.instagram && 'accountKey' in page.instagram ? page.instagram.accountKey : undefined
  return issueToken(box, {
    kind: 'page',
    app: 'facebook',
    holder: { type: 'page', pageId: page.id, accountKey },
    scopes: from.scopes,
    pageIds: [page.id],
    lifeMs: isLong || from.expiresAtMs === null ? null : from.expiresAtMs - nowMs,
  })
}
