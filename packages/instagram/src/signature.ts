import { createHmac, timingSafeEqual } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** One app secret under the name that is recorded when it matches. A `KeyObject` is the faster key. */
export interface NamedSecret {
  readonly name: string
  readonly secret: KeyObject | string
}

const WELL_FORMED = /^sha256=[0-9a-f]{64}$/

/**
 * Whether an `X-Hub-Signature-256` value is exactly `sha256=` and 64 lower-case hex digits.
 * Cheap, so a delivery can be refused before its body is read.
 */
export function isWellFormedSignature(
  header: string | readonly string[] | null | undefined,
): header is string {
  return typeof header === 'string' && WELL_FORMED.test(header)
}

/**
 * Verifies `X-Hub-Signature-256` over the bytes as received and names the secret that made it.
 * Meta does not say which of an app's two secrets signs Instagram deliveries, so all are tried, in
 * constant time. A missing, repeated or malformed header is `undefined` like a wrong one; never throws.
 *
 * Source: /documentation/instagram-platform/webhooks, read 2026-11-20.
 */
export function verifySignature(
  rawBody: Uint8Array,
  header: string | readonly string[] | null | undefined,
  secrets: readonly NamedSecret[],
): string | undefined {
  if (!isWellFormedSignature(header)) return undefined
  return matchHmac(rawBody, Buffer.from(header.slice(7), 'hex'), secrets)
}

/**
 * The name of the first secret whose HMAC-SHA256 of `message` is `expected` (32 bytes). Every secret is
 * computed even after a match, so timing tells nothing about which one it was.
 */
export function matchHmac(
  message: Uint8Array | string,
  expected: Uint8Array,
  secrets: readonly NamedSecret[],
): string | undefined {
  let matched: string | undefined
  for (const { name, secret } of secrets) {
    const actual = createHmac('sha256', secret).update(message).digest()
    if (timingSafeEqual(actual, expected)) matched ??= name
  }
  return matched
}
