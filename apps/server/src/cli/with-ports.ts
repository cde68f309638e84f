import { openPorts } from './open-ports.ts'
import { reachDatabase } from './reach-database.ts'
import type { Config } from '#config.ts'
import { systemClock } from '#ports/clock.ts'
import { silentLog } from '#ports/log.ts'
import { createMetaHttp } from '#ports/meta-http.ts'
import { refuseOtherTables } from '#ports/migrations.ts'
import type { Ports } from '#ports/ports.ts'

/** Opens everything for one command, beside a server or without one, and closes it again. */
export async function withPorts<Result>(
  config: Config,
  work: (ports: Ports) => Promise<Result>,
): Promise<Result> {
  await using opened = new AsyncDisposableStack()
  const database = await reachDatabase(config, 'either', silentLog)
  opened.defer(async () => await database.stop())
  await refuseOtherTables(database.url, config.encryptionKeys)
  const ports = opened.use(
    await openPorts({
      config,
      databaseUrl: database.url,
      clock: systemClock,
      log: silentLog,
      http: createMetaHttp(),
    }),
  )
  return await work(ports)
}
