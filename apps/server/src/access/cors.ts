import { AppError } from '@parley/contract/app-error.ts'
import type { AppMiddleware } from '#http/app-env.ts'
import { visibleTenants } from '#http/caller.ts'
import type { Ports } from '#ports/ports.ts'
import { allowsOrigin } from '#tenants/allows-origin.ts'

/**
 * The routes a tenant's own page may call with its user JWT, and their methods. Origins are those of tenants’ return
 * URLs; never `*`, never with cookies.
 */
export const CORS_ROUTES: readonly (readonly [path: string, method: string])[] = [
  ['/v1/connect-sessions', 'POST'],
  ['/v1/instagram/connect', 'GET'],
  ['/v1/connections', 'GET'],
  ['/v1/connections/:id/confirm', 'POST'],
  ['/v1/connections/:id/token-status', 'GET'],
]

/** Mount it after `identify` on the path it is for. */
export function cors(ports: Pick<Ports, 'db' | 'config'>, method: string): AppMiddleware {
  const own = new URL(ports.config.url).origin

  return async (c, next) => {
    const origin = c.req.header('origin')
    if (origin === undefined || origin === own) {
      return await next()
    }
    // Without a caller (a preflight, a refusal) the page of any tenant may read what it is told.
    const tenants = c.var.caller === undefined ? null : visibleTenants(c.var.caller)
    const allowed = await allowsOrigin(ports.db, tenants, origin)

    if (c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined) {
      if (!allowed) throw new AppError('auth/origin-not-allowed')
      return c.body(null, 204, {
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Allow-Methods': method,
        'Access-Control-Allow-Headers':
          'Authorization, Content-Type, Accept, Idempotency-Key, X-Request-Id',
        'Access-Control-Max-Age': '600',
        Vary: 'Origin',
      })
    }
    await next()
    c.res.headers.append('Vary', 'Origin')
    if (!allowed) return undefined
    c.res.headers.set('Access-Control-Allow-Origin', origin)
    c.res.headers.set(
      'Access-Control-Expose-Headers',
      'X-Request-Id, Retry-After, RateLimit, RateLimit-Policy',
    )
    return undefined
  }
}
