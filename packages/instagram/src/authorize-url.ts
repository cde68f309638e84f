import { withQuery } from './call-graph.ts'
import { facebookAppOf, instagramAppOf } from './graph-context.ts'
import type { GraphContext } from './graph-context.ts'

/** What both consent windows are asked. */
export interface AuthorizeRequest {
  /** Registered in Meta's dashboard character for character; the exchange must repeat it. */
  readonly redirectUri: string
  /** One-time value, echoed on success and on cancel. */
  readonly state: string
  readonly scopes: readonly string[]
  /** PKCE, S256. Documented for neither login: sent as a bonus, never the only defence. */
  readonly codeChallenge?: string | undefined
}

/**
 * The address of Instagram's consent window, to be opened as a full page.
 * Source: /instagram-api-with-instagram-login/business-login, read 2026-11-20.
 *
 * @param request `forceReauth` asks for the password even with a live session, so that another account
 *   can be chosen; `hideFacebookLogin` takes the Facebook button off that form.
 */
export function instagramAuthorizeUrl(
  context: GraphContext,
  request: AuthorizeRequest & { forceReauth?: boolean; hideFacebookLogin?: boolean },
): string {
  return withQuery(`${context.urls.instagramWww}/oauth/authorize`, {
    client_id: instagramAppOf(context).id,
    redirect_uri: request.redirectUri,
    response_type: 'code',
    scope: request.scopes.join(','),
    state: request.state,
    force_reauth: request.forceReauth === true ? 'true' : undefined,
    enable_fb_login: request.hideFacebookLogin === true ? 'false' : undefined,
    ...challengeOf(request),
  })
}

/**
 * The address of Facebook's login dialog. A configured `loginConfigId` replaces the scopes.
 * Source: /facebook-login/guides/advanced/manual-flow and /facebook-login-for-business, read 2026-11-20.
 *
 * @param request `rerequest` asks again for what was declined before.
 */
export function facebookAuthorizeUrl(
  context: GraphContext,
  request: AuthorizeRequest & { rerequest?: boolean },
): string {
  const app = facebookAppOf(context)
  const hasConfig = app.loginConfigId !== undefined && app.loginConfigId !== ''
  return withQuery(`${context.urls.facebookWww}/${context.version}/dialog/oauth`, {
    client_id: app.id,
    redirect_uri: request.redirectUri,
    response_type: 'code',
    scope: hasConfig ? undefined : request.scopes.join(','),
    config_id: hasConfig ? app.loginConfigId : undefined,
    state: request.state,
    auth_type: request.rerequest === true ? 'rerequest' : undefined,
    ...challengeOf(request),
  })
}

function challengeOf(request: AuthorizeRequest): Record<string, string | undefined> {
  if (request.codeChallenge === undefined) return {}
  return { code_challenge: request.codeChallenge, code_challenge_method: 'S256' }
}
