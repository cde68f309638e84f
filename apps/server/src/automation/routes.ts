import { Automation } from '@parley/contract/automation.ts'
import { Hono } from 'hono'
import { loadConnection } from '#connections/load-connection.ts'
import type { AppEnv } from '#http/app-env.ts'
import { requireCaller, visibleTenants } from '#http/caller.ts'
import { body, idParam } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { loadAutomation } from './load-automation.ts'
import { putAutomation } from './put-automation.ts'

export function automationRoutes(ports: Ports): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/connections/:id/automation', async (c) => {
    const caller = requireCaller(c, { scope: 'connections:read' })
    const id = idParam(c, 'id', 'connections/not-found')
    const { tenantId } = await loadConnection(ports, id, visibleTenants(caller))
    return c.json(await loadAutomation(ports, { tenantId, connectionId: id }))
  })

  app.put('/v1/connections/:id/automation', async (c) => {
    const caller = requireCaller(c, { scope: 'automation:write' })
    const id = idParam(c, 'id', 'connections/not-found')
    const { tenantId } = await loadConnection(ports, id, visibleTenants(caller))
    const automation = await body(c, Automation)
    const by = { actor: caller.actor, address: c.var.address, requestId: c.var.requestId }
    await putAutomation(ports, { tenantId, connectionId: id }, automation, by)
    return c.json(automation)
  })
  return app
}
