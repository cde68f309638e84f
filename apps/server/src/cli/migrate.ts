import { z } from 'zod'
import { reachDatabase } from './reach-database.ts'
import type { ReadEnvironment } from './read-environment.ts'
import { ConfigError } from '#config.ts'
import { silentLog } from '#ports/log.ts'
import { migrate } from '#ports/migrations.ts'
import { settings } from '#settings.ts'

const Needed = z.object({
  DATABASE_URL: settings.DATABASE_URL,
  PARLEY_DATA_DIR: settings.PARLEY_DATA_DIR,
})

/** Brings the database's tables to this version. Needs no other setting than where the database is. */
export async function runMigrate(
  read: ReadEnvironment,
  print: (text: string) => void,
): Promise<void> {
  const needed = Needed.safeParse(read.environment)
  const problems = read.problems.filter(({ name }) => name.startsWith('DATABASE_URL'))
  for (const issue of needed.error?.issues ?? []) {
    problems.push({ name: String(issue.path[0]), message: issue.message })
  }
  if (!needed.success || problems.length > 0) throw new ConfigError(problems)
  const database = await reachDatabase(
    { databaseUrl: needed.data.DATABASE_URL, dataDir: needed.data.PARLEY_DATA_DIR },
    'either',
    silentLog,
  )
  try {
    const applied = await migrate(database.url)
    print(applied.length === 0 ? 'Nothing to migrate.' : `Migrated: ${applied.join(', ')}`)
  } finally {
    await database.stop()
  }
}
