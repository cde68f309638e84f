import type { Config } from '#config.ts'
import { findEmbeddedPostgres, startEmbeddedPostgres } from '#ports/embedded-postgres.ts'
import type { Log } from '#ports/log.ts'
import { UnusableDatabaseError } from '#ports/migrations.ts'

export type ReachedDatabase = {
  readonly url: string
  /** Stops the embedded server if it is ours; a database somebody else runs is left alone. */
  stop(): Promise<void>
}

/**
 * DATABASE_URL, else the embedded PostgreSQL. Of that one `parley start` is the owner, `web` and `worker` are guests
 * while it runs, and short commands are either.
 *
 * @throws DataFolderInUseError, UnusableDatabaseError
 */
export async function reachDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
  role: 'owner' | 'guest' | 'either',
  log: Log,
): Promise<ReachedDatabase> {
  const borrowed = (url: string): ReachedDatabase => ({ url, stop: async () => undefined })
  if (config.databaseUrl !== undefined) return borrowed(config.databaseUrl)
  if (role !== 'owner') {
    const url = await findEmbeddedPostgres(config.dataDir)
    if (url !== undefined) return borrowed(url)
  }
  if (role !== 'guest') {
    return await startEmbeddedPostgres({ folder: config.dataDir, role: 'owner', log })
  }
  throw new UnusableDatabaseError(
    `No database: DATABASE_URL is not set and no embedded PostgreSQL runs in ${config.dataDir}. Set DATABASE_URL, or run \`parley start\` beside this.`,
  )
}
