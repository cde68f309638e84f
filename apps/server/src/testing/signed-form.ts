import { createHmac } from 'node:crypto'
import { testApps } from './test-ports.ts'

let issued = 1_795_000_000

/** What Meta posts to a deauthorize or data-deletion callback: made here by hand, no two alike. */
export function signedForm(
  userId: string,
  options: { app?: 'instagram' | 'facebook'; secret?: string; algorithm?: string } = {},
): { raw: string; headers: Record<string, string> } {
  const { app = 'instagram', algorithm = 'HMAC-SHA256' } = options
  issued += 1
  const claims = { user_id: userId, algorithm, issued_at: issued }
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  const secret = options.secret ?? testApps[app].secret
  const signature = createHmac('sha256', secret).update(payload).digest('base64url')
  return formOf(`${signature}.${payload}`)
}

export function formOf(signedRequest: string): { raw: string; headers: Record<string, string> } {
  return {
    raw: new URLSearchParams({ signed_request: signedRequest }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  }
}
