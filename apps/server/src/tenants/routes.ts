import { AppError } from '@parley/contract/app-error.ts'
import type { Automation } from '@parley/contract/automation.ts'
import { ListQuery } from '@parley/contract/list.ts'
import { TenantId, TenantRequest } from '@parley/contract/tenant.ts'
import { Hono } from 'hono'
import type { AppContext, AppEnv } from '#http/app-env.ts'
import { maySee, requireCaller, visibleTenants } from '#http/caller.ts'
import { pageOf } from '#http/list.ts'
import { body, query } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { findTenant } from './find-tenant.ts'
import { listTenants } from './list-tenants.ts'
import { putTenant } from './put-tenant.ts'

/** @param hooks.checkAutomation throws AppError `automation/flow-invalid`; it lives on a higher floor. */
export function tenantRoutes(
  ports: Pick<Ports, 'db' | 'clock' | 'vault' | 'config'>,
  hooks: { checkAutomation: (automation: Automation) => void },
): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.put('/v1/tenants/:tenantId', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const id = readTenantId(c)
    // A caller bound to some tenants cannot make others: to it they do not exist.
    if (!maySee(caller, id)) throw new AppError('tenants/not-found')
    const request = await body(c, TenantRequest)
    if (request.defaultAutomation) hooks.checkAutomation(request.defaultAutomation)
    const { tenant, created } = await putTenant(ports, id, request, {
      actor: caller.actor,
      address: c.var.address,
      requestId: c.var.requestId,
    })
    return c.json(tenant, created ? 201 : 200)
  })

  app.get('/v1/tenants', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const page = pageOf(query(c, ListQuery))
    return c.json(await listTenants(ports.db, visibleTenants(caller), page))
  })

  app.get('/v1/tenants/:tenantId', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const id = c.req.param('tenantId')
    const tenant = maySee(caller, id) ? await findTenant(ports.db, id) : undefined
    if (tenant === undefined) throw new AppError('tenants/not-found')
    return c.json(tenant)
  })

  return app
}

function readTenantId(c: AppContext): string {
  const id = TenantId.safeParse(c.req.param('tenantId'))
  if (id.success) return id.data
  throw new AppError('http/invalid-fields', {
    fields: [{ path: 'tenantId', message: id.error.issues[0]?.message ?? 'not a tenant id' }],
  })
}
