import { randomBytes } from 'node:crypto'

/** Fresh secrets, ready to be pasted into `.env`. */
export function newKeys(today: string): string {
  return [
    `PARLEY_SECRET=${randomBytes(32).toString('base64url')}`,
    `PARLEY_ENCRYPTION_KEYS=k${today}:${randomBytes(32).toString('base64')}`,
    `PARLEY_API_KEY=${randomBytes(32).toString('base64url')}`,
    `INSTAGRAM_WEBHOOK_VERIFY_TOKEN=${randomBytes(16).toString('base64url')}`,
  ].join('\n')
}
