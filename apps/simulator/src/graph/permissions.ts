import type { Box } from '#box.ts'
import { FACEBOOK_HOLDER, dropGrant, findGrant } from '#world/grants.ts'
import { authenticate } from './authenticate.ts'
import type { GraphCall } from './graph-call.ts'
import { findText } from './params.ts'
import { missingObject } from './refusals.ts'

/** `/me/permissions`: what the Facebook user granted and declined. */
export function listPermissions(box: Box, call: GraphCall): unknown {
  loadUser(box, call)
  const grant = findGrant(box.world, 'facebook', FACEBOOK_HOLDER)
  const all = [
    ...(grant?.scopes ?? []).map((permission) => ({ permission, status: 'granted' })),
    ...(grant?.declined ?? []).map((permission) => ({ permission, status: 'declined' })),
  ]
  const [permission, status] = [
    findText(call.params, 'permission'),
    findText(call.params, 'status'),
  ]
  const data = all.filter(
    (one) =>
      (permission === undefined || one.permission === permission) &&
      (status === undefined || one.status === status),
  )
  return { data }
}

/** Without a name the app is removed and every token of the user dies (190/458 from then on). */
export function deletePermissions(box: Box, call: GraphCall): unknown {
  loadUser(box, call)
  const { permission } = call.ids
  const grant = findGrant(box.world, 'facebook', FACEBOOK_HOLDER)
  if (permission === undefined) removeApp(box)
  else if (!grant?.scopes.includes(permission)) throw missingObject(permission, call.method)
  else {
    grant.scopes = grant.scopes.filter((scope) => scope !== permission)
    grant.declined.push(permission)
    for (const token of facebookTokens(box)) {
      token.scopes = token.scopes.filter((scope) => scope !== permission)
    }
  }
  box.changes.tell()
  return box.world.switches.permissionsDeleteReply === 'true' ? true : { success: true }
}

function removeApp(box: Box): void {
  dropGrant(box.world, 'facebook', FACEBOOK_HOLDER)
  for (const token of facebookTokens(box)) token.death = { subcode: 458 }
}

const facebookTokens = (box: Box) => box.world.tokens.filter(({ app }) => app === 'facebook')

function loadUser(box: Box, call: GraphCall): void {
  const token = authenticate(box, call)
  const { node } = call.ids
  const isUser = token.holder.type === 'facebook_user'
  if (!isUser || (node !== 'me' && node !== box.world.facebookUser.id)) {
    throw missingObject(node ?? '', call.method)
  }
}
