import { createHmac } from 'node:crypto'

export type SignedRequestPayload = {
  user_id: string
  algorithm: 'HMAC-SHA256'
  issued_at: number
  expires?: number
}

/** `base64url(sig).base64url(payload)`; the signature covers the encoded payload. */
export function makeSignedRequest(payload: SignedRequestPayload, secret: string): string {
  const encoded = Buffer.from(JSON.stringify(payload)).toString('base64url')
  const signature = createHmac('sha256', secret).update(encoded).digest('base64url')
  return `${signature}.${encoded}`
}
