import { HttpFailure } from '@parley/instagram/http-port.ts'
import { createSignInLink } from '#access/create-sign-in-link.ts'
import { openPorts } from './open-ports.ts'
import { reachDatabase } from './reach-database.ts'
import type { Config } from '#config.ts'
import { systemClock } from '#ports/clock.ts'
import { silentLog } from '#ports/log.ts'
import { migrate } from '#ports/migrations.ts'

export type OperatorRole = Parameters<typeof createSignInLink>[1]['role']

/** A new one-time link for an operator. */
export async function newSignInLink(
  config: Config,
  operator: { role: OperatorRole; tenantId: string | null },
): Promise<string> {
  await using opened = new AsyncDisposableStack()
  const database = await reachDatabase(config, 'either', silentLog)
  opened.defer(async () => await database.stop())
  await migrate(database.url, config.encryptionKeys)
  const ports = opened.use(
    await openPorts({
      config,
      databaseUrl: database.url,
      clock: systemClock,
      log: silentLog,
      http: async () => {
        throw new HttpFailure('not_connected')
      },
    }),
  )
  return await createSignInLink(ports, operator)
}
