import type { DoctorReport } from '@parley/contract/doctor.ts'
import { MetaCallQuery } from '@parley/contract/meta-call.ts'
import { Hono } from 'hono'
import { recordAudit } from '#audit/record-audit.ts'
import type { AppEnv } from '#http/app-env.ts'
import { requireInstance } from '#http/caller.ts'
import { pageOf } from '#http/list.ts'
import { query } from '#http/read-body.ts'
import { checkReadiness } from './check-readiness.ts'
import { describeSetup } from './describe-setup.ts'
import { listMetaCalls } from './list-meta-calls.ts'
import { runDoctor } from './run-doctor.ts'
import { METRICS_TYPE } from '#ports/metrics.ts'
import type { Ports } from '#ports/ports.ts'
import { watchDatabase } from './watch-database.ts'

/** For load balancers and monitoring: no credentials, no names. */
export function operatingRoutes(
  ports: Pick<Ports, 'db' | 'clock' | 'metrics' | 'log'>,
): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()
  watchDatabase(ports)

  // The process runs: restarting it would not help.
  routes.get('/healthz', (c) => c.json({ status: 'ok' }))
  routes.get('/readyz', async (c) => {
    const readiness = await checkReadiness(ports)
    return c.json(readiness, readiness.status === 'ready' ? 200 : 503)
  })
  routes.get('/metrics', async (c) =>
    c.body(await ports.metrics.read(), 200, { 'Content-Type': METRICS_TYPE }),
  )
  return routes
}

/** What `parley doctor` says, and what Meta called; for owners of the whole server. */
export function doctorRoutes(ports: Ports, outside: Parameters<typeof runDoctor>[1]): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()
  let running: Promise<DoctorReport> | undefined

  /** It calls Meta a dozen times: who asks meanwhile gets the same answer. */
  const look = async (): Promise<DoctorReport> => {
    running ??= runDoctor(ports, outside)
      .then((findings) => ({ checkedAt: new Date(ports.clock.now()).toISOString(), findings }))
      .finally(() => {
        running = undefined
      })
    return await running
  }

  routes.get('/v1/doctor', async (c) => {
    requireInstance(c)
    return c.json(await describeSetup(ports))
  })

  routes.post('/v1/doctor', async (c) => {
    requireInstance(c)
    return c.json(await look())
  })

  routes.post('/v1/doctor/verify-token', async (c) => {
    const { actor } = requireInstance(c)
    const { address, requestId } = c.var
    await recordAudit(ports.db, new Date(ports.clock.now()), {
      actor,
      action: 'verify_token.shown',
      address,
      requestId,
    })
    return c.json({ verifyToken: ports.config.webhookVerifyToken.reveal() })
  })

  routes.get('/v1/meta-calls', async (c) => {
    requireInstance(c)
    const { kind, outcome, ...list } = query(c, MetaCallQuery)
    return c.json(await listMetaCalls(ports, { kind, outcome }, pageOf(list)))
  })
  return routes
}
