import { readJson } from './read-json.ts'
import { idText, isRecord, numberOf, textOf } from './read-field.ts'
import { matchHmac } from './signature.ts'
import type { NamedSecret } from './signature.ts'

/** What Meta says in a deauthorize or data-deletion callback. */
export interface SignedRequest {
  /** App-scoped id of the account. The dashboard's test button sends `"0"`: it names nobody. */
  readonly userId: string
  readonly issuedAtMs: number | undefined
  /** Name of the secret that signed it, hence which app was meant. */
  readonly signedWith: string
}

/** Real ones are under 400 characters. */
const SIGNED_REQUEST_CHARACTERS_MAX = 4096
const SHAPE = /^([A-Za-z0-9_-]{43})=?\.([A-Za-z0-9_-]+={0,2})$/

/**
 * Verifies and reads `signed_request`: `base64url(HMAC-SHA256) . base64url(JSON)`, where the MAC is over
 * the second part as sent. Nothing of the payload is read before a secret matched.
 *
 * Source: /docs/development/create-an-app/app-dashboard/data-deletion-callback, read 2026-11-20.
 *
 * @returns `undefined` for anything malformed, of another algorithm or signed by nobody we know.
 */
export function readSignedRequest(
  value: unknown,
  secrets: readonly NamedSecret[],
): SignedRequest | undefined {
  if (typeof value !== 'string' || value.length > SIGNED_REQUEST_CHARACTERS_MAX) return undefined
  const [, signature, payload] = SHAPE.exec(value) ?? []
  if (signature === undefined || payload === undefined) return undefined

  const expected = Buffer.from(signature, 'base64url')
  if (expected.length !== 32) return undefined
  const signedWith = matchHmac(payload, expected, secrets)
  if (signedWith === undefined) return undefined

  const claims = readJson(Buffer.from(payload, 'base64url'))
  if (!isRecord(claims) || textOf(claims['algorithm'])?.toUpperCase() !== 'HMAC-SHA256') {
    return undefined
  }
  const userId = idText(claims['user_id'])
  if (userId === undefined) return undefined
  const issuedAtSeconds = numberOf(claims['issued_at'])
  return {
    userId,
    issuedAtMs: issuedAtSeconds === undefined ? undefined : issuedAtSeconds * 1000,
    signedWith,
  }
}
