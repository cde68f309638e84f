import { AppError } from '@parley/contract/app-error.ts'
import type { AppMiddleware } from '#http/app-env.ts'

const NAMES = new Set([
  'access_token',
  'accesstoken',
  'api_key',
  'apikey',
  'api-key',
  'auth',
  'authorization',
  'bearer',
  'jwt',
  'key',
  'token',
  'x-api-key',
])
const JWT = /^(bearer\s+)?eyJ[\w-]+\.[\w-]+\.[\w-]*$/i

/** Refuses credentials in a query: URLs end up in logs and histories. The value is not logged here either. */
export function refuseTokenInUrl(): AppMiddleware {
  return async (c, next) => {
    if (c.req.url.includes('?')) {
      for (const [name, values] of Object.entries(c.req.queries())) {
        if (NAMES.has(name.toLowerCase()) || values.some((value) => JWT.test(value))) {
          throw new AppError('auth/token-in-url')
        }
      }
    }
    await next()
  }
}
