import { Hono } from 'hono'
import { z } from 'zod'
import type { Box } from '#box.ts'
import { NotInTheBoxError } from '#world/find.ts'
import { appRoutes } from './app-routes.ts'
import { eventStreamRoutes } from './event-stream.ts'
import { faultRoutes } from './fault-routes.ts'
import { ownerRoutes } from './owner-routes.ts'
import { peopleRoutes } from './people-routes.ts'
import { stateRoutes } from './state-routes.ts'
import { tokenRoutes } from './token-routes.ts'
import { webhookRoutes } from './webhook-routes.ts'

/** Everything under `/simulator`: what the phone's pane does by hand, tests do here. */
export function controlRoutes(box: Box): Hono {
  const routes = new Hono()
  routes.onError((error, c) => {
    if (error instanceof NotInTheBoxError) return c.json({ error: error.message }, 404)
    if (error instanceof z.ZodError) return c.json({ error: z.prettifyError(error) }, 400)
    if (error instanceof SyntaxError) return c.json({ error: 'The body is not JSON' }, 400)
    box.log(error.stack ?? error.message)
    return c.json({ error: error.message }, 500)
  })
  // A page of another site, open in the developer's browser, has no business here.
  routes.use(async (c, next) => {
    if (c.req.header('sec-fetch-site') === 'cross-site')
      return c.json({ error: 'Not from there' }, 403)
    await next()
    return undefined
  })
  const parts = [
    stateRoutes,
    peopleRoutes,
    ownerRoutes,
    faultRoutes,
    tokenRoutes,
    webhookRoutes,
    appRoutes,
    eventStreamRoutes,
  ]
  for (const part of parts) routes.route('/', part(box))
  return routes
}
