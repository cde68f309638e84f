import type { Box } from '#box.ts'
import { FACEBOOK_HOLDER, putGrant } from '#world/grants.ts'
import type { AuthorizeRequest } from './authorize-request.ts'

export type Decision =
  | { allow: false }
  /** `scopes` and `pageIds` are what was left switched on. */
  | { allow: true; accountKey: string; scopes: string[]; pageIds: string[] }

/** Where the browser is sent when the person has pressed a button. */
export function decideConsent(box: Box, request: AuthorizeRequest, decision: Decision): string {
  if (!decision.allow) return cancelUrl(request)
  const scopes = grantedScopes(request, decision.scopes)
  const isInstagram = request.kind === 'instagram'
  putGrant(box.world, {
    app: request.kind,
    holderKey: isInstagram ? decision.accountKey : FACEBOOK_HOLDER,
    scopes,
    declined: request.scopes.filter((scope) => !scopes.includes(scope)),
    pageIds: isInstagram ? [] : decision.pageIds,
    atMs: box.clock.now(),
  })
  const code = `AQ${box.random.text(178)}`
  box.world.codes.push({
    value: code,
    app: request.kind,
    redirectUri: request.redirectUri,
    holder: isInstagram
      ? { type: 'account', accountKey: decision.accountKey }
      : { type: 'facebook_user' },
    scopes,
    pageIds: isInstagram ? [] : decision.pageIds,
    issuedAtMs: box.clock.now(),
    isUsed: false,
  })
  box.changes.tell()
  const fragment = isInstagram ? '#_' : '#_=_'
  return redirectTo(request, { code }) + fragment
}

function grantedScopes(request: AuthorizeRequest, switchedOn: string[]): string[] {
  const granted = request.scopes.filter((scope) => switchedOn.includes(scope))
  return request.isAllOrNothing && granted.length < request.scopes.length ? [] : granted
}

function cancelUrl(request: AuthorizeRequest): string {
  const description =
    request.kind === 'instagram' ? 'The user denied your request' : 'Permissions error.'
  return redirectTo(request, {
    error: 'access_denied',
    error_reason: 'user_denied',
    error_description: description,
  })
}

function redirectTo(request: AuthorizeRequest, params: Record<string, string>): string {
  const query = new URLSearchParams(params)
  if (request.state !== null) query.set('state', request.state)
  const joint = request.redirectUri.includes('?') ? '&' : '?'
  return `${request.redirectUri}${joint}${query.toString()}`
}
