import { AuditQuery } from '@parley/contract/audit.ts'
import { Hono } from 'hono'
import type { AppEnv } from '#http/app-env.ts'
import { requireCaller, visibleTenants } from '#http/caller.ts'
import { pageOf } from '#http/list.ts'
import { query } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { listAudit } from './list-audit.ts'

export function auditRoutes(ports: Pick<Ports, 'db'>): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/audit-log', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const { cursor, limit, ...filter } = query(c, AuditQuery)
    const page = pageOf({ cursor, limit })
    return c.json(await listAudit(ports.db, visibleTenants(caller), filter, page))
  })

  return app
}
