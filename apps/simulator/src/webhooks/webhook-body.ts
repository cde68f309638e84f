import { createHmac } from 'node:crypto'

/**
 * JSON as Meta puts it on the wire: non-ASCII as lower-case `\uXXXX` and `/` as `\/`.
 * What is signed is these bytes, not the JSON they stand for.
 */
export function encodeWebhookBody(payload: unknown): string {
  return JSON.stringify(payload)
    .replaceAll('/', '\\/')
    .replaceAll(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
}

/** The value of `X-Hub-Signature-256` over the very bytes that are sent. */
export function signWebhookBody(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body, 'utf8').digest('hex')}`
}
