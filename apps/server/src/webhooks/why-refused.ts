import { isWellFormedSignature, verifySignature } from '@parley/instagram/signature.ts'
import type { Config } from '#config.ts'

/** Larger ones are not worth a second look. */
const BODY_BYTES_MAX = 64 * 1024

/** `body_changed`: the signature fits what Meta would have sent before something wrote the JSON anew. */
export type WhyRefused =
  | 'missing'
  | 'malformed'
  | 'verify_token'
  | 'body_changed'
  | 'unknown_secret'

/** Why no secret verifies, as far as it can be told; for the log of owners, never for whoever called. */
export function whyRefused(
  config: Pick<Config, 'webhookVerifyToken' | 'signatureSecrets'>,
  signature: string | readonly string[] | undefined,
  raw: Uint8Array | undefined,
): WhyRefused {
  if (signature === undefined || signature.length === 0) return 'missing'
  if (!isWellFormedSignature(signature) || raw === undefined) return 'malformed'
  const token = { name: 'verify_token', secret: config.webhookVerifyToken.reveal() }
  if (verifySignature(raw, signature, [token]) !== undefined) return 'verify_token'
  const secrets = config.signatureSecrets.map(({ name, secret }) => ({
    name,
    secret: secret.reveal(),
  }))
  const isChanged = originalsOf(raw).some(
    (original) => verifySignature(Buffer.from(original), signature, secrets) !== undefined,
  )
  return isChanged ? 'body_changed' : 'unknown_secret'
}

/**
 * How Meta may have written this JSON: without spaces, everything beyond ASCII escaped in lower case, slashes escaped
 * or not. Source: fact sheet of messaging 1.2, read 2026-11-20.
 */
function originalsOf(raw: Uint8Array): string[] {
  if (raw.byteLength > BODY_BYTES_MAX) return []
  const json = compact(Buffer.from(raw).toString('utf8'))
  if (json === undefined) return []
  const escaped = json.replaceAll(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return [escaped, escaped.replaceAll('/', String.raw`\/`)]
}

function compact(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
