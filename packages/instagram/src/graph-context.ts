import type { HttpPort, HttpStreamPort } from './http-port.ts'
import type { WatchCall } from './finished-call.ts'
import type { Login } from './login.ts'
import type { Secret } from './secret.ts'

/** Base addresses; each may carry a path. */
export interface MetaUrls {
  /** Instagram's consent window: https://www.instagram.com */
  readonly instagramWww: string
  /** Instagram's code exchange: https://api.instagram.com */
  readonly instagramApi: string
  /** https://graph.instagram.com */
  readonly instagramGraph: string
  /** Facebook's dialog: https://www.facebook.com */
  readonly facebookWww: string
  /** https://graph.facebook.com */
  readonly facebookGraph: string
}

/** The Instagram app's own pair, not the Meta app's. */
export interface InstagramApp {
  readonly id: string
  readonly secret: Secret
}

/** The Meta app's pair. With a login configuration no scopes are sent. */
export interface FacebookApp {
  readonly id: string
  readonly secret: Secret
  readonly loginConfigId?: string | undefined
}

/** Everything the client can touch. */
export interface GraphContext {
  readonly urls: MetaUrls
  /** `v25.0`. */
  readonly version: string
  readonly http: HttpPort
  /** For answers of any length; without it they are held whole. */
  readonly stream?: HttpStreamPort | undefined
  readonly instagramApp?: InstagramApp | undefined
  readonly facebookApp?: FacebookApp | undefined
  /** Told of every call: for counting. */
  readonly watchCall?: WatchCall | undefined
}

/**
 * Who acts in a call: the account on graph.instagram.com, the page on graph.facebook.com (the sheet's
 * "acting node"), with the token that may speak for it.
 */
export interface ActingNode {
  readonly login: Login
  /** Account id with `instagram`, page id with `facebook`. */
  readonly id: string
  /** Instagram user token, or page token. */
  readonly token: Secret
}

/** Limits of one call. */
export interface CallOptions {
  /** From the call to the last byte; default 10 s. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The login is used although its app is not configured: the caller's mistake, not Meta's. */
export class LoginNotConfigured extends Error {
  override readonly name = 'LoginNotConfigured'
  readonly login: Login

  constructor(login: Login) {
    super(`no app is configured for the ${login} login`)
    this.login = login
  }
}

export function instagramAppOf(context: GraphContext): InstagramApp {
  if (context.instagramApp === undefined) throw new LoginNotConfigured('instagram')
  return context.instagramApp
}

export function facebookAppOf(context: GraphContext): FacebookApp {
  if (context.facebookApp === undefined) throw new LoginNotConfigured('facebook')
  return context.facebookApp
}
