import { AppError } from '@parley/contract/app-error.ts'
import type { AppMiddleware } from '#http/app-env.ts'

/** `__paging_token` is a position in one of Graph's lists. */
const NAME =
  /^(?!__paging_token$)(auth|authorization|bearer|jwt|key|(x-)?api[-_]?key|.*(token|secret))$/i
/** A JWT, or a key of ours. */
const VALUE = /^(bearer\s+)?(eyJ[\w-]+\.[\w-]+\.[\w-]*$|parley_[\w-]{20})/i

/** Refuses credentials in a query: URLs end up in logs and histories. The value is not logged here either. */
export function refuseTokenInUrl(): AppMiddleware {
  return async (c, next) => {
    if (c.req.url.includes('?')) {
      for (const [name, values] of Object.entries(c.req.queries())) {
        if (NAME.test(name) || values.some((value) => VALUE.test(value))) {
          throw new AppError('auth/token-in-url')
        }
      }
    }
    await next()
  }
}
