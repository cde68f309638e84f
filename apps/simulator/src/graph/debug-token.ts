import type { Box } from '#box.ts'
import type { Token } from '#world/tokens.ts'
import { authenticate, deathOf } from './authenticate.ts'
import type { GraphCall } from './graph-call.ts'
import { requireText } from './params.ts'
import { refusal } from './refusals.ts'

/** `/debug_token` with the app token `id|secret` or a user token of the same app. Always 200 for a known app. */
export function debugToken(box: Box, call: GraphCall): unknown {
  requireAppToken(box, call)
  const value = requireText(call.params, 'input_token')
  const token = box.world.tokens.find((candidate) => candidate.value === value)
  if (!token || token.app !== 'facebook') {
    const error = { code: 190, message: 'Invalid OAuth access token.' }
    return { data: { is_valid: false, error, scopes: [] } }
  }
  return { data: inspect(box, token) }
}

export function requireAppToken(box: Box, call: GraphCall): void {
  const app = box.world.apps.facebook
  if (call.accessToken === `${app.id}|${app.secret}`) return
  if (call.accessToken?.includes('|')) {
    throw refusal(190, { message: 'Invalid OAuth access token - Cannot parse access token' })
  }
  authenticate(box, call)
}

function inspect(box: Box, token: Token) {
  const app = box.world.apps.facebook
  const dead = deathOf(token, box.clock.now())
  const isLong = token.kind !== 'fb_short'
  return {
    app_id: app.id,
    type: token.holder.type === 'page' ? 'PAGE' : 'USER',
    application: app.name,
    expires_at: token.expiresAtMs === null ? 0 : Math.floor(token.expiresAtMs / 1000),
    data_access_expires_at: Math.floor(token.dataAccessExpiresAtMs / 1000),
    is_valid: !dead,
    ...(isLong && { issued_at: Math.floor(token.issuedAtMs / 1000) }),
    scopes: dead ? [] : token.scopes,
    granular_scopes: dead ? [] : token.scopes.flatMap((scope) => granular(box, token, scope)),
    user_id: box.world.facebookUser.id,
    ...(token.holder.type === 'page' && { profile_id: token.holder.pageId }),
    ...(dead && { error: { code: 190, message: dead.message, subcode: dead.subcode } }),
  }
}

/** Page and Instagram permissions name the objects that were ticked. */
function granular(box: Box, token: Token, scope: string) {
  const pages = box.world.pages.filter(({ id }) => token.pageIds.includes(id))
  if (scope.startsWith('pages_')) return [{ scope, target_ids: pages.map(({ id }) => id) }]
  if (!scope.startsWith('instagram_')) return []
  const ids = pages.flatMap(({ instagram }) => {
    if (!instagram) return []
    if (!('accountKey' in instagram)) return [instagram.id]
    return box.world.accounts.flatMap(({ key, id }) => (key === instagram.accountKey ? [id] : []))
  })
  return [{ scope, target_ids: ids }]
}
