import { AuditExportQuery, AuditQuery } from '@parley/contract/audit.ts'
import { AppError } from '@parley/contract/app-error.ts'
import { Hono } from 'hono'
import type { AppEnv } from '#http/app-env.ts'
import { maySee, requireCaller, visibleTenants } from '#http/caller.ts'
import { pageOf } from '#http/list.ts'
import { query } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { exportAudit } from './export-audit.ts'
import { listAudit } from './list-audit.ts'

export function auditRoutes(ports: Pick<Ports, 'db'>): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/audit-log', async (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const { cursor, limit, ...filter } = query(c, AuditQuery)
    const page = pageOf({ cursor, limit })
    return c.json(await listAudit(ports.db, visibleTenants(caller), filter, page))
  })

  app.get('/v1/audit-log/export', (c) => {
    const caller = requireCaller(c, { scope: 'operate' })
    const { tenantId, since, until } = query(c, AuditExportQuery)
    if (tenantId === undefined && visibleTenants(caller) !== null) {
      throw new AppError('http/invalid-fields', {
        fields: [{ path: 'tenantId', message: 'name one of your tenants' }],
      })
    }
    if (tenantId !== undefined && !maySee(caller, tenantId)) {
      throw new AppError('tenants/not-found')
    }
    const lines = exportAudit(ports.db, { tenantId, since: dateOf(since), until: dateOf(until) })
    return c.body(streamOf(lines), 200, {
      'Content-Type': 'application/jsonl; charset=utf-8',
      'Content-Disposition': 'attachment; filename="audit-log.jsonl"',
    })
  })

  return app
}

const dateOf = (iso: string | undefined): Date | undefined =>
  iso === undefined ? undefined : new Date(iso)

/** Read as it is written: nothing waits in memory, and whoever stops reading stops it. */
function streamOf(entries: AsyncGenerator<object>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await entries.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`))
    },
    async cancel() {
      await entries.return(undefined)
    },
  })
}
