import { AppError } from '@parley/contract/app-error.ts'
import { Hono } from 'hono'
import type { AppContext, AppEnv } from '#http/app-env.ts'
import { maySee, requireCaller, visibleTenants } from '#http/caller.ts'
import type { Caller } from '#http/caller.ts'
import { rateLimit } from '#http/rate-limit.ts'
import { idParam } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { acceptDeauthorize } from './accept-deauthorize.ts'
import { statusUrl } from './describe-erasure.ts'
import { exportTenant } from './export-tenant.ts'
import { findDeletion } from './find-deletion.ts'
import { loadErasure } from './load-erasure.ts'
import { deletionPage } from './pages.ts'
import { createReadSignedForm } from './read-signed-form.ts'
import { requestAccountErasure } from './request-account-erasure.ts'
import { requestPersonErasure } from './request-person-erasure.ts'
import { requestTenantErasure } from './request-tenant-erasure.ts'
import type { Who } from './schema.ts'

const whoIs = (c: AppContext, actor: string): Who => ({
  actor,
  address: c.var.address,
  requestId: c.var.requestId,
})

/** A page that looks again every five seconds is far below it; guessing codes is hopeless anyway. */
const PAGE_LIMIT = { name: 'data-deletion', burst: 60, perSecond: 1 }

/** Meta's two callbacks, and the page they lead to. */
export function forgetRoutes(ports: Ports): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  const readSignedForm = createReadSignedForm(ports)

  app.post('/webhooks/meta/deauthorize', async (c) => {
    const request = await readSignedForm(c, 'deauthorize')
    await acceptDeauthorize(ports, request, whoIs(c, 'meta'))
    return c.json({ success: true })
  })

  app.post('/webhooks/meta/data-deletion', async (c) => {
    const request = await readSignedForm(c, 'data-deletion')
    const { code } = await requestAccountErasure(ports, request, whoIs(c, 'meta'))
    return c.json({ url: statusUrl(ports, code), confirmation_code: code })
  })

  app.get('/data-deletion/:code', rateLimit(PAGE_LIMIT, ports.clock), async (c) => {
    const found = await findDeletion(ports, c.req.param('code'))
    if (found === undefined) throw new AppError('privacy/deletion-not-found')
    return await deletionPage(c, found)
  })
  return app
}

/** What the host asks for. */
export function privacyRoutes(ports: Ports): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/tenants/:tenantId/export', async (c) => {
    const { caller, tenantId } = tenantOf(c)
    const lines = await exportTenant(ports, tenantId, whoIs(c, caller.actor))
    return c.body(lines, 200, {
      'Content-Type': 'application/jsonl; charset=utf-8',
      'Content-Disposition': 'attachment; filename="export.jsonl"',
    })
  })

  app.delete('/v1/tenants/:tenantId', async (c) => {
    const { caller, tenantId } = tenantOf(c)
    return c.json(await requestTenantErasure(ports, tenantId, whoIs(c, caller.actor)), 202)
  })

  app.delete('/v1/conversations/:id/person', async (c) => {
    const caller = requireCaller(c, { scope: 'messages:write' })
    const id = idParam(c, 'id', 'conversations/not-found')
    const who = whoIs(c, caller.actor)
    return c.json(await requestPersonErasure(ports, id, visibleTenants(caller), who), 202)
  })

  app.get('/v1/erasures/:id', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const id = idParam(c, 'id', 'privacy/erasure-not-found')
    return c.json(await loadErasure(ports, id, visibleTenants(caller)))
  })
  return app
}

function tenantOf(c: AppContext): { caller: Caller; tenantId: string } {
  const caller = requireCaller(c, { scope: 'operate' })
  const tenantId = c.req.param('tenantId') ?? ''
  if (!maySee(caller, tenantId)) throw new AppError('tenants/not-found')
  return { caller, tenantId }
}
