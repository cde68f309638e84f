import { reachDatabase } from './reach-database.ts'
import { runServer } from './run-server.ts'
import type { Running } from './start.ts'
import type { Config } from '#config.ts'
import { openLog } from '#ports/log.ts'
import { migrate } from '#ports/migrations.ts'

/** HTTP only, or loops only: more of either beside a `parley start`, or on other machines. */
export async function runPart(
  config: Config,
  part: 'web' | 'worker',
  options: { testClock: boolean; print: (text: string) => void },
): Promise<Running> {
  const log = openLog(config.logLevel)
  const database = await reachDatabase(config, 'guest', log)
  await migrate(database.url, config.encryptionKeys)
  const server = await runServer({
    config,
    databaseUrl: database.url,
    log,
    testClock: options.testClock,
    parts: [part],
  })
  options.print(
    part === 'web' ? `Parley answers at ${config.url}/` : 'Parley works through what waits.',
  )
  return { stop: async () => await server.stop() }
}
