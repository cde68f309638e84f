import type { Box } from '#box.ts'
import type { AppKind, MetaApp } from '#world/world.ts'
import { configurationScopes, facebookScopes, instagramScopes, splitScopes } from './scopes.ts'

export type AuthorizeRequest = {
  kind: AppKind
  app: MetaApp
  redirectUri: string
  state: string | null
  scopes: string[]
  /** Facebook Login for Business: everything or nothing. */
  isAllOrNothing: boolean
}

/** Shown as a page: a window that cannot trust the redirect address never redirects to it. */
export type WindowError = { title: string; text: string }

export type ReadAuthorize =
  | { ok: true; request: AuthorizeRequest }
  | { ok: false; error: WindowError }

const refuse = (title: string, text: string): ReadAuthorize => ({
  ok: false,
  error: { title, text },
})

/** The query of `www.instagram.com/oauth/authorize`. */
export function readInstagramAuthorize(box: Box, query: URLSearchParams): ReadAuthorize {
  const app = box.world.apps.instagram
  if (query.get('client_id') !== app.id) return refuse('Invalid Request', 'Invalid platform app')
  const redirectUri = query.get('redirect_uri')
  if (redirectUri === null || !app.redirectUris.includes(redirectUri)) {
    return refuse('Invalid Request', 'Request parameters are invalid: Invalid redirect_uri')
  }
  if (query.get('response_type') !== 'code') {
    return refuse('Invalid Request', 'Request parameters are invalid: Invalid response_type')
  }
  const scopes = splitScopes(query.get('scope') ?? '')
  const unknown = scopes.filter((scope) => !Object.hasOwn(instagramScopes, scope))
  if (unknown.length > 0)
    return refuse('Invalid Request', `Invalid scope field(s): ${unknown.join()}`)
  if (!scopes.includes('instagram_business_basic')) {
    return refuse('Invalid Request', 'Invalid scope: instagram_business_basic is required')
  }
  const state = query.get('state')
  return {
    ok: true,
    request: { kind: 'instagram', app, redirectUri, state, scopes, isAllOrNothing: false },
  }
}

/** The query of `www.facebook.com/{v}/dialog/oauth`. */
export function readFacebookDialog(box: Box, query: URLSearchParams): ReadAuthorize {
  const app = box.world.apps.facebook
  if (query.get('client_id') !== app.id) return refuse('Error', 'Invalid App ID')
  const redirectUri = query.get('redirect_uri')
  if (redirectUri === null || !app.redirectUris.includes(redirectUri)) {
    return refuse(
      'URL Blocked',
      'This redirect failed because the redirect URI is not white-listed in the app’s client OAuth settings.',
    )
  }
  if ((query.get('response_type') ?? 'code') !== 'code') {
    return refuse('Error', 'The simulator knows the response type "code" only')
  }
  const configId = query.get('config_id')
  if (configId !== null && configId !== app.loginConfigId)
    return refuse('Error', 'Invalid config_id')
  const scopes =
    configId === null ? splitScopes(query.get('scope') ?? 'public_profile') : configurationScopes
  const unknown = scopes.filter((scope) => !Object.hasOwn(facebookScopes, scope))
  if (unknown.length > 0) {
    return refuse('Invalid Scopes', `Invalid Scopes: ${unknown.join(', ')}.`)
  }
  const state = query.get('state')
  return {
    ok: true,
    request: {
      kind: 'facebook',
      app,
      redirectUri,
      state,
      scopes,
      isAllOrNothing: configId !== null,
    },
  }
}
