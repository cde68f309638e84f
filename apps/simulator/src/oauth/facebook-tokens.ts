import type { Box } from '#box.ts'
import { authenticate, deathOf } from '#graph/authenticate.ts'
import type { GraphCall } from '#graph/graph-call.ts'
import { findText, requireText } from '#graph/params.ts'
import { refusal } from '#graph/refusals.ts'
import { issueToken } from '#world/issue-token.ts'
import { CODE_MS, LONG_TOKEN_MS, LONG_TOKEN_SECONDS, SHORT_TOKEN_MS } from '#world/tokens.ts'

/** `graph.facebook.com/{v}/oauth/access_token`, three grants on one address. */
export function facebookAccessToken(box: Box, call: GraphCall): unknown {
  const app = box.world.apps.facebook
  if (requireText(call.params, 'client_id') !== app.id) {
    throw refusal(101, { message: 'Error validating application. Invalid application ID.' })
  }
  if (requireText(call.params, 'client_secret') !== app.secret) {
    throw refusal(1, { message: 'Error validating client secret.', isTransient: false })
  }
  const grantType = findText(call.params, 'grant_type')
  if (grantType === 'fb_exchange_token') return exchangeForLongToken(box, call)
  if (grantType === 'client_credentials') {
    return { access_token: `${app.id}|${app.secret}`, token_type: 'bearer' }
  }
  return exchangeCode(box, call)
}

function exchangeCode(box: Box, call: GraphCall): unknown {
  const value = requireText(call.params, 'code')
  const redirectUri = requireText(call.params, 'redirect_uri')
  const code = box.world.codes.find((candidate) => candidate.value === value)
  if (!code || code.app !== 'facebook') {
    throw refusal(100, { message: 'Invalid verification code format.' })
  }
  if (code.isUsed) {
    throw refusal(100, { subcode: 36009, message: 'This authorization code has been used.' })
  }
  if (box.clock.now() - code.issuedAtMs >= CODE_MS) {
    throw refusal(100, { subcode: 36007, message: 'This authorization code has expired.' })
  }
  if (code.redirectUri !== redirectUri) {
    throw refusal(100, {
      subcode: 36008,
      message:
        'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request',
    })
  }
  code.isUsed = true
  const token = issueToken(box, {
    kind: 'fb_short',
    app: 'facebook',
    holder: code.holder,
    scopes: code.scopes,
    pageIds: code.pageIds,
    lifeMs: SHORT_TOKEN_MS,
  })
  return { access_token: token.value, token_type: 'bearer', expires_in: SHORT_TOKEN_MS / 1000 }
}

function exchangeForLongToken(box: Box, call: GraphCall): unknown {
  const value = requireText(call.params, 'fb_exchange_token')
  const token = box.world.tokens.find((candidate) => candidate.value === value)
  if (!token || token.app !== 'facebook')
    return authenticate(box, { ...call, accessToken: value, token: undefined })
  const dead = deathOf(token, box.clock.now())
  if (dead) throw dead
  const long = issueToken(box, {
    kind: 'fb_long',
    app: 'facebook',
    holder: token.holder,
    scopes: token.scopes,
    pageIds: token.pageIds,
    lifeMs: LONG_TOKEN_MS,
  })
  return { access_token: long.value, token_type: 'bearer', expires_in: LONG_TOKEN_SECONDS }
}
