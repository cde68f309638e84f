import { Hono } from 'hono'
import type { AppEnv } from '#http/app-env.ts'
import { requireCaller, visibleTenants } from '#http/caller.ts'
import { idParam } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { readTokenStatus } from './read-token-status.ts'

export function tokenRoutes(ports: Pick<Ports, 'db' | 'clock'>): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/connections/:id/token-status', async (c) => {
    const caller = requireCaller(c, { scope: 'connections:read', jwt: true })
    const id = idParam(c, 'id', 'connections/not-found')
    return c.json(await readTokenStatus(ports, id, visibleTenants(caller)))
  })

  return app
}
