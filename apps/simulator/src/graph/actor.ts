import type { Box } from '#box.ts'
import { findPage, loadAccount } from '#world/find.ts'
import type { Token } from '#world/tokens.ts'
import type { Account, Page } from '#world/world.ts'
import { authenticate } from './authenticate.ts'
import type { GraphCall } from './graph-call.ts'
import { missingObject, refusal } from './refusals.ts'

/** Who acts in a messaging path: the account, on Facebook by way of its page. */
export type Actor = { token: Token; account: Account; page: Page | null }

const PERMISSIONS = {
  basic: ['instagram_business_basic', 'instagram_basic'],
  messages: ['instagram_business_manage_messages', 'instagram_manage_messages'],
} as const

/** The account behind `/me`, `/{ig-id}` or `/{page-id}`, with the needed permission checked. */
export function loadActor(box: Box, call: GraphCall, need: keyof typeof PERMISSIONS): Actor {
  const token = authenticate(box, call)
  const actor =
    call.app === 'instagram' ? instagramActor(box, call, token) : pageActor(box, call, token)
  requireScope(token, PERMISSIONS[need][call.app === 'instagram' ? 0 : 1])
  return actor
}

export function requireScope(token: Token, scope: string): void {
  if (!token.scopes.includes(scope)) {
    throw refusal(200, { message: `(#200) Requires ${scope} permission to manage the object` })
  }
}

function instagramActor(box: Box, call: GraphCall, token: Token): Actor {
  const account = loadAccount(box.world, token.holder.accountKey ?? '')
  const { node = 'me' } = call.ids
  if (node !== 'me' && node !== account.id) throw missingObject(node, call.method)
  return { token, account, page: null }
}

function pageActor(box: Box, call: GraphCall, token: Token): Actor {
  const page = loadOwnPage(box, call, token)
  if (!page.instagram || !('accountKey' in page.instagram)) {
    throw refusal(100, { subcode: 2534013 })
  }
  return { token, page, account: loadAccount(box.world, page.instagram.accountKey) }
}

/** The page a page token stands for. */
export function loadOwnPage(box: Box, call: GraphCall, token: Token): Page {
  if (token.holder.type !== 'page') {
    throw refusal(210, {
      message: '(#210) A page access token is required to request this resource.',
    })
  }
  const page = findPage(box.world, token.holder.pageId)
  const { node = 'me' } = call.ids
  if (!page || (node !== 'me' && node !== page.id)) throw missingObject(node, call.method)
  return page
}

const FULL_CONTROL = 'PROFILE_PLUS_FULL_CONTROL'

/** Whether the Facebook user may do something on the page; both generations of task names count. */
export const hasTask = (page: Page, task: 'MESSAGING' | 'MANAGE' | 'MODERATE' | 'CREATE_CONTENT') =>
  page.tasks.includes(task) ||
  page.tasks.includes(`PROFILE_PLUS_${task}`) ||
  page.tasks.includes(FULL_CONTROL)
