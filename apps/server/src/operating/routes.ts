import { Hono } from 'hono'
import type { AppEnv } from '#http/app-env.ts'
import { checkReadiness } from './check-readiness.ts'
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
