import { randomBytes } from 'node:crypto'

/** Credentials of a Meta app, made up anew: with them it is not the demo. */
export function liveSettings(): Record<
  | 'PARLEY_SECRET'
  | 'PARLEY_ENCRYPTION_KEYS'
  | 'PARLEY_API_KEY'
  | 'PARLEY_HOST'
  | 'PARLEY_LOG_LEVEL'
  | 'INSTAGRAM_APP_ID'
  | 'INSTAGRAM_APP_SECRET'
  | 'INSTAGRAM_WEBHOOK_VERIFY_TOKEN',
  string
> {
  return {
    PARLEY_SECRET: randomBytes(32).toString('base64url'),
    PARLEY_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    PARLEY_API_KEY: randomBytes(24).toString('base64url'),
    PARLEY_HOST: '127.0.0.1',
    PARLEY_LOG_LEVEL: 'warn',
    INSTAGRAM_APP_ID: '1780000000000033',
    INSTAGRAM_APP_SECRET: randomBytes(16).toString('hex'),
    INSTAGRAM_WEBHOOK_VERIFY_TOKEN: randomBytes(16).toString('hex'),
  }
}
