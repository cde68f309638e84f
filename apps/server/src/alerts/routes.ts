import { AlertQuery } from '@parley/contract/alert.ts'
import { AppError } from '@parley/contract/app-error.ts'
import { Hono } from 'hono'
import type { AppEnv } from '#http/app-env.ts'
import { maySee, requireCaller, visibleTenants } from '#http/caller.ts'
import { pageOf } from '#http/list.ts'
import { query } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { listAlerts } from './list-alerts.ts'

export function alertRoutes(ports: Pick<Ports, 'db'>): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/alerts', async (c) => {
    const caller = requireCaller(c, { scope: 'connections:read' })
    const { tenantId, connectionId, state, ...list } = query(c, AlertQuery)
    if (tenantId !== undefined && !maySee(caller, tenantId)) {
      throw new AppError('tenants/not-found')
    }
    const tenants = tenantId === undefined ? visibleTenants(caller) : [tenantId]
    return c.json(await listAlerts(ports.db, { tenants, connectionId, state, page: pageOf(list) }))
  })

  return app
}
