import { createHmac } from 'node:crypto'
import type { Ports } from '#ports/ports.ts'

/** What a secret is for; two purposes never share a hash. */
export type SecretPurpose = 'api-key' | 'sign-in-link' | 'idempotency' | 'deletion-subject'

/** How a key or link is kept: an HMAC under the newest PARLEY_SECRET, useless to a reader of the database. */
export function hashSecret(
  ports: Pick<Ports, 'config'>,
  purpose: SecretPurpose,
  value: string | Uint8Array,
): string {
  return hmac(ports.config.secrets[0].reveal(), purpose, value)
}

/** What it may be kept as: under every configured secret, so that rotating one breaks nothing. */
export function hashesOfSecret(
  ports: Pick<Ports, 'config'>,
  purpose: SecretPurpose,
  value: string | Uint8Array,
): string[] {
  return ports.config.secrets.map((secret) => hmac(secret.reveal(), purpose, value))
}

function hmac(key: string, purpose: SecretPurpose, value: string | Uint8Array): string {
  return createHmac('sha256', key).update(`parley:${purpose}\0`).update(value).digest('base64url')
}
