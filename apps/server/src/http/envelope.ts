import { AppError } from '@parley/contract/app-error.ts'
import type { Config } from '#config.ts'
import type { AppContext, AppMiddleware } from '#http/app-env.ts'
import { createAddressReader } from '#http/client-address.ts'
import { requestIdOf } from '#http/request-id.ts'
import type { Ports } from '#ports/ports.ts'

/** Where Meta delivers, both logins. */
const META_DOOR = '/webhooks/instagram'

/** Around every request: its id, on the answer too, and the client's address. Cheap: webhooks pass through here. */
export function envelope(
  ports: Pick<Ports, 'clock' | 'random'> & { config: Pick<Config, 'trustedProxies'> },
): AppMiddleware {
  const addressOf = createAddressReader(ports.config.trustedProxies)
  const makeId = (): string => ports.random.uuid(ports.clock.now())

  return async (c, next) => {
    // Hono leaves it undefined when nobody hands bindings in, as in tests and embedded in another app.
    c.env ??= {}
    const requestId = requestIdOf(c.req.header('x-request-id'), makeId)
    c.set('requestId', requestId)
    c.set(
      'address',
      addressOf(c.env.incoming?.socket.remoteAddress, () => c.req.header('x-forwarded-for')),
    )
    // Meta's door writes its own answer: a header set here would cost as much as everything else of it.
    const isMetas = c.env.outgoing !== undefined && c.req.path === META_DOOR
    if (!isMetas) c.header('X-Request-Id', requestId)
    // PostgreSQL cannot store U+0000, so nothing of ours has it in its name.
    if (c.req.url.includes('%00')) {
      throw new AppError('http/invalid-fields', {
        fields: [{ path: unstorableIn(c), message: 'holds a character that cannot be stored' }],
      })
    }
    await next()
    if (isMetas && c.env.outgoing?.headersSent === true) return
    if (c.res.headers.get('x-request-id') === null) c.res.headers.set('X-Request-Id', requestId)
  }
}

/** The query's name that holds it, else the path's. */
function unstorableIn(c: AppContext): string {
  const found = Object.entries(c.req.queries()).find(([name, values]) =>
    [name, ...values].some((text) => text.includes('\0')),
  )
  return found === undefined ? 'path' : found[0].replaceAll('\0', '\ufffd')
}
