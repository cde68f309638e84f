import { HttpFailure } from '@parley/instagram/http-port.ts'
import { openPorts } from './open-ports.ts'
import { reachDatabase } from './reach-database.ts'
import type { Config } from '#config.ts'
import { systemClock } from '#ports/clock.ts'
import { silentLog } from '#ports/log.ts'
import { migrate } from '#ports/migrations.ts'
import type { Ports } from '#ports/ports.ts'

/** For short commands: everything but the way to Meta, on a database of this version. */
export async function withPorts<T>(config: Config, work: (ports: Ports) => Promise<T>): Promise<T> {
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
  return await work(ports)
}
