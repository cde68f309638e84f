import { reachDatabase } from './reach-database.ts'
import type { Config } from '#config.ts'
import { openDatabase } from '#ports/database.ts'
import type { Database } from '#ports/database.ts'
import { silentLog } from '#ports/log.ts'

/** For short commands that need no key: the database as it is, whatever version it has. */
export async function withDatabase<T>(
  config: Config,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  await using opened = new AsyncDisposableStack()
  const database = await reachDatabase(config, 'either', silentLog)
  opened.defer(async () => await database.stop())
  const db = opened.use(
    openDatabase({ url: database.url, connectionsMax: 2, onError: () => undefined }),
  )
  return await work(db)
}
