import type { AppKind } from './world.ts'

/** Whose token it is: an Instagram account's, the Facebook user's, or a page's. */
export type TokenHolder =
  | { type: 'account'; accountKey: string }
  | { type: 'facebook_user'; accountKey?: undefined }
  | { type: 'page'; pageId: string; accountKey: string | undefined }

export type TokenKind = 'ig_short' | 'ig_long' | 'fb_short' | 'fb_long' | 'page'

/** Why Meta refuses a token that has not expired: one of the subcodes of error 190. */
export type TokenDeath = { subcode: 458 | 459 | 460 | 463 | 464 | 467 | 492 | 493 }

export type Token = {
  value: string
  kind: TokenKind
  app: AppKind
  holder: TokenHolder
  scopes: string[]
  /** The pages ticked in the Facebook window. */
  pageIds: string[]
  issuedAtMs: number
  /** null = never, as page tokens made from a long-lived user token. */
  expiresAtMs: number | null
  dataAccessExpiresAtMs: number
  death: TokenDeath | null
}

export const SHORT_TOKEN_MS = 3_600_000
/** 5183944 s, Meta's 60 days less the seconds it always seems to have lost. */
export const LONG_TOKEN_SECONDS = 5_183_944
export const LONG_TOKEN_MS = LONG_TOKEN_SECONDS * 1000
export const REFRESH_AGE_MS = 24 * 3_600_000
export const DATA_ACCESS_MS = 90 * 24 * 3_600_000

export type Code = {
  value: string
  app: AppKind
  redirectUri: string
  holder: TokenHolder
  scopes: string[]
  pageIds: string[]
  issuedAtMs: number
  isUsed: boolean
}

export const CODE_MS = 3_600_000
