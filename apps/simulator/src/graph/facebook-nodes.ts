import type { Box } from '#box.ts'
import { findPage, loadPage } from '#world/find.ts'
import type { Account } from '#world/world.ts'
import { accountFields } from './account-fields.ts'
import { requireScope } from './actor.ts'
import { authenticate } from './authenticate.ts'
import type { GraphCall } from './graph-call.ts'
import { readOwned } from './me-routes.ts'
import { listMedia } from './media.ts'
import { readPage } from './pages.ts'
import { findText, parseFields, pick } from './params.ts'
import { missingObject } from './refusals.ts'

/** Every object read by its bare id on graph.facebook.com: user, page, account, person, message, media. */
export function readFacebookNode(box: Box, call: GraphCall): unknown {
  const token = authenticate(box, call)
  const { node = '' } = call.ids
  const { facebookUser } = box.world
  if (token.holder.type === 'facebook_user' && (node === 'me' || node === facebookUser.id)) {
    const fields = parseFields(findText(call.params, 'fields') ?? 'id,name')
    return pick(fields, { ...facebookUser })
  }
  if (token.holder.type === 'page' && node === 'me') {
    return readPage(box, call, token, loadPage(box.world, token.holder.pageId))
  }
  const page = findPage(box.world, node)
  if (page) return readPage(box, call, token, page)
  const account = visibleAccounts(box, call).find(({ id }) => id === node)
  if (account) return readAccount(box, call, account)
  for (const own of visibleAccounts(box, call)) {
    const found = readOwned(box, call, own, node)
    if (found !== undefined) return found
  }
  throw missingObject(node, call.method)
}

/** `/{ig-user-id}/media`. On this host the page has no `media` edge of this kind. */
export function listAccountMedia(box: Box, call: GraphCall): unknown {
  const { node = '' } = call.ids
  const account = visibleAccounts(box, call).find(({ id }) => id === node)
  if (!account) throw missingObject(node, call.method)
  requireScope(authenticate(box, call), 'instagram_basic')
  return listMedia(box, call, account)
}

function readAccount(box: Box, call: GraphCall, account: Account): unknown {
  requireScope(authenticate(box, call), 'instagram_basic')
  const { account_type: _, ...known } = accountFields(box, account)
  const fields = parseFields(findText(call.params, 'fields') ?? 'id')
  return pick(fields, { ...known, id: account.id })
}

/** Accounts behind the pages a token covers. */
function visibleAccounts(box: Box, call: GraphCall): Account[] {
  const token = authenticate(box, call)
  return box.world.accounts.filter(
    ({ pageId }) => pageId !== null && token.pageIds.includes(pageId),
  )
}
