import type { Box } from '#box.ts'
import { refusal } from '#graph/refusals.ts'
import { oauthRefusal } from '#graph/refusals.ts'
import type { GraphCall } from '#graph/graph-call.ts'
import { requireText } from '#graph/params.ts'
import type { Params } from '#graph/params.ts'
import { rawNumber } from '#graph/raw-number.ts'
import { authenticate } from '#graph/authenticate.ts'
import { loadAccount } from '#world/find.ts'
import { issueToken } from '#world/issue-token.ts'
import {
  CODE_MS,
  LONG_TOKEN_MS,
  LONG_TOKEN_SECONDS,
  REFRESH_AGE_MS,
  SHORT_TOKEN_MS,
} from '#world/tokens.ts'

const text = (params: Params, name: string) => {
  const value = params.get(name)
  return typeof value === 'string' ? value : ''
}

/** `POST api.instagram.com/oauth/access_token`: a code becomes a short-lived token, once. */
export function exchangeInstagramCode(box: Box, params: Params): unknown {
  const app = box.world.apps.instagram
  if (text(params, 'client_id') !== app.id) throw oauthRefusal('Invalid platform app')
  if (text(params, 'client_secret') !== app.secret) {
    throw oauthRefusal('Error validating client secret.')
  }
  if (text(params, 'grant_type') !== 'authorization_code') {
    throw oauthRefusal('Invalid grant_type: must be authorization_code')
  }
  const code = box.world.codes.find(
    (candidate) => candidate.app === 'instagram' && candidate.value === text(params, 'code'),
  )
  const isOver = !code || code.isUsed || box.clock.now() - code.issuedAtMs >= CODE_MS
  if (isOver || code.holder.type !== 'account') {
    throw oauthRefusal('Matching code was not found or was already used')
  }
  if (code.redirectUri !== text(params, 'redirect_uri')) {
    throw oauthRefusal(
      'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request',
    )
  }
  code.isUsed = true
  const token = issueToken(box, {
    kind: 'ig_short',
    app: 'instagram',
    holder: code.holder,
    scopes: code.scopes,
    lifeMs: SHORT_TOKEN_MS,
  })
  return shortTokenReply(box, token.value, code.holder.accountKey, code.scopes)
}

function shortTokenReply(box: Box, accessToken: string, accountKey: string, scopes: string[]) {
  const { switches } = box.world
  const { appScopedId } = loadAccount(box.world, accountKey)
  const reply = {
    access_token: accessToken,
    user_id: switches.tokenReply === 'flat_int' ? rawNumber(appScopedId) : appScopedId,
    permissions: switches.permissionsReply === 'array' ? scopes : scopes.join(','),
  }
  return switches.tokenReply === 'data_array' ? { data: [reply] } : reply
}

/** `GET graph.instagram.com/access_token?grant_type=ig_exchange_token`. */
export function exchangeForLongToken(box: Box, call: GraphCall): unknown {
  if (requireText(call.params, 'grant_type') !== 'ig_exchange_token') {
    throw refusal(100, { message: 'Invalid parameter grant_type' })
  }
  const secret = requireText(call.params, 'client_secret')
  const token = authenticate(box, call)
  if (secret !== box.world.apps.instagram.secret) {
    throw refusal(1, { message: 'Error validating client secret.' })
  }
  if (token.kind !== 'ig_short') {
    throw refusal(100, { message: 'The access token is not a short-lived token' })
  }
  requireBasic(token.scopes)
  const long = issueToken(box, {
    kind: 'ig_long',
    app: 'instagram',
    holder: token.holder,
    scopes: token.scopes,
    lifeMs: LONG_TOKEN_MS,
  })
  return { access_token: long.value, token_type: 'bearer', expires_in: LONG_TOKEN_SECONDS }
}

/** `GET graph.instagram.com/refresh_access_token`. Younger than a day is refused (text invented). */
export function refreshLongToken(box: Box, call: GraphCall): unknown {
  if (requireText(call.params, 'grant_type') !== 'ig_refresh_token') {
    throw refusal(100, { message: 'Invalid parameter grant_type' })
  }
  const token = authenticate(box, call)
  if (token.kind !== 'ig_long') {
    throw refusal(100, { message: 'The access token is not a long-lived token' })
  }
  requireBasic(token.scopes)
  const nowMs = box.clock.now()
  if (nowMs - token.issuedAtMs < REFRESH_AGE_MS) {
    throw refusal(100, {
      message: 'The access token must be at least 24 hours old to be refreshed',
    })
  }
  const { switches } = box.world
  if (switches.refreshReply === 'same_string') {
    token.issuedAtMs = nowMs
    token.expiresAtMs = nowMs + LONG_TOKEN_MS
    return refreshReply(token.value, token.scopes)
  }
  const renewed = issueToken(box, {
    kind: 'ig_long',
    app: 'instagram',
    holder: token.holder,
    scopes: token.scopes,
    lifeMs: LONG_TOKEN_MS,
  })
  if (switches.oldTokenAfterRefresh === 'dies') token.death = { subcode: 467 }
  return refreshReply(renewed.value, token.scopes)
}

const refreshReply = (value: string, scopes: string[]) => ({
  access_token: value,
  token_type: 'bearer',
  expires_in: LONG_TOKEN_SECONDS,
  permissions: scopes.join(','),
})

function requireBasic(scopes: string[]): void {
  if (!scopes.includes('instagram_business_basic')) {
    throw refusal(10, { message: 'Application does not have permission for this action' })
  }
}
