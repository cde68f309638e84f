import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Box } from '#box.ts'
import { controlRoutes } from '#control/control-routes.ts'
import { dispatch } from '#graph/dispatch.ts'
import { facebookRoutes } from '#graph/facebook-routes.ts'
import type { ApiCall } from '#graph/graph-call.ts'
import { runInstagramGraph } from '#graph/instagram-routes.ts'
import { oauthRefusal } from '#graph/refusals.ts'
import { serveApi } from '#graph/serve-api.ts'
import { exchangeInstagramCode } from '#oauth/instagram-tokens.ts'
import { windowRoutes } from '#oauth/window-routes.ts'
import { pictureRoutes } from '#pages/picture-routes.ts'
import { phoneRoutes } from '#phone/phone-routes.ts'

const BODY_BYTES_MAX = 30 * 1024 * 1024

/** Meta's five hosts as path prefixes, the phone at `/`, the control API under `/simulator`. */
export function createApp(box: Box): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.use(bodyLimit({ maxSize: BODY_BYTES_MAX }))
  app.onError((error, c) => {
    box.log(error.stack ?? error.message)
    return c.json({ error: { message: 'The simulator has a bug', type: 'Simulator' } }, 500)
  })
  app.all('/api.instagram.com/*', (c) =>
    serveApi(c, box, 'api.instagram.com', (call) => runTokenExchange(box, call)),
  )
  app.all('/graph.instagram.com/*', (c) =>
    serveApi(c, box, 'graph.instagram.com', (call) => runInstagramGraph(box, call)),
  )
  const facebook = facebookRoutes(box)
  app.all('/graph.facebook.com/*', (c) =>
    serveApi(c, box, 'graph.facebook.com', (call) => dispatch(facebook, 'facebook', call)),
  )
  app.route('/', windowRoutes(box))
  app.route('/', pictureRoutes(box))
  app.route('/simulator', controlRoutes(box))
  app.route('/', phoneRoutes())
  return app
}

/** The one address of api.instagram.com; it carries no version and takes POST alone. */
function runTokenExchange(box: Box, call: ApiCall): unknown {
  const isKnown = call.version === null && call.segments.join('/') === 'oauth/access_token'
  if (!isKnown || call.method !== 'POST') throw oauthRefusal('Unknown path or method')
  return exchangeInstagramCode(box, call.params)
}
