import { Hono } from 'hono'
import type { AppEnv } from '#http/app-env.ts'
import { requireInstance } from '#http/caller.ts'
import type { Ports } from '#ports/ports.ts'
import { describeKeys } from './describe-keys.ts'

/** To read only: keys are rotated on the command line, beside the settings that hold them. */
export function keyRoutes(ports: Pick<Ports, 'db' | 'config'>): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.get('/v1/encryption-keys', async (c) => {
    requireInstance(c)
    return c.json(await describeKeys(ports))
  })
  return app
}
