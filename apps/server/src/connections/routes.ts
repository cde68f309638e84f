import { AppError } from '@parley/contract/app-error.ts'
import { ConnectionQuery, SweepRequest } from '@parley/contract/connection.ts'
import { Hono } from 'hono'
import type { AppEnv } from '#http/app-env.ts'
import { maySee, requireCaller, visibleTenants } from '#http/caller.ts'
import { pageOf } from '#http/list.ts'
import { body, idParam, query } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { sweepGrants } from '#tokens/sweep-grants.ts'
import { checkConnection } from './check-connection.ts'
import { disconnectConnection } from './disconnect-connection.ts'
import { listConnections } from './list-connections.ts'
import { loadConnection } from './load-connection.ts'
import { refreshConnection } from './refresh-connection.ts'

export function connectionRoutes(ports: Ports): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/connections', async (c) => {
    const caller = requireCaller(c, { scope: 'connections:read', jwt: true })
    const { tenantId, status, ...list } = query(c, ConnectionQuery)
    if (tenantId !== undefined && !maySee(caller, tenantId)) {
      throw new AppError('tenants/not-found')
    }
    const tenants = tenantId === undefined ? visibleTenants(caller) : [tenantId]
    return c.json(await listConnections(ports, { tenants, status, page: pageOf(list) }))
  })

  app.get('/v1/connections/:id', async (c) => {
    const caller = requireCaller(c, { scope: 'connections:read', jwt: true })
    const id = idParam(c, 'id', 'connections/not-found')
    return c.json(await loadConnection(ports, id, visibleTenants(caller)))
  })

  app.post('/v1/connections/refresh', async (c) => {
    const caller = requireCaller(c, { scope: 'connections:write' })
    const { tenantId, force = false } = await body(c, SweepRequest)
    if (tenantId !== undefined && !maySee(caller, tenantId)) {
      throw new AppError('tenants/not-found')
    }
    const tenants = tenantId === undefined ? visibleTenants(caller) : [tenantId]
    return c.json(await sweepGrants(ports, { tenants, force }))
  })

  app.post('/v1/connections/:id/refresh', async (c) => {
    const caller = requireCaller(c, { scope: 'connections:write', jwt: true })
    const id = idParam(c, 'id', 'connections/not-found')
    const who = { actor: caller.actor, address: c.var.address, requestId: c.var.requestId }
    return c.json(await refreshConnection(ports, { id, tenants: visibleTenants(caller), who }))
  })

  app.post('/v1/connections/:id/check', async (c) => {
    const caller = requireCaller(c, { scope: 'connections:write', jwt: true })
    const id = idParam(c, 'id', 'connections/not-found')
    const who = { actor: caller.actor, address: c.var.address, requestId: c.var.requestId }
    return c.json(await checkConnection(ports, { id, tenants: visibleTenants(caller), who }))
  })

  app.delete('/v1/connections/:id', async (c) => {
    const caller = requireCaller(c, { scope: 'connections:write', jwt: true })
    const id = idParam(c, 'id', 'connections/not-found')
    const who = { actor: caller.actor, address: c.var.address, requestId: c.var.requestId }
    return c.json(await disconnectConnection(ports, { id, tenants: visibleTenants(caller), who }))
  })

  return app
}
