import { AppError } from '@parley/contract/app-error.ts'
import { MIGRATION_LOCK, readMigrations, refuseOldServer } from '#ports/migrations.ts'
import type { Queryable } from '#ports/database.ts'
import { ownNames } from './own-names.ts'
import { refuseOtherVersion } from './refuse-other-version.ts'
import { findMigrations, listSequences, listTables, readVersion } from './store.ts'
import type { SequenceRow, TableRow } from './store.ts'
import {
  countLiveWorkers,
  countSessions,
  hasTenantKeys,
  listFilled,
  readDatabaseName,
  tryLockMigrations,
} from './store-restore.ts'

/** What is there of Parley and goes when the backup comes. */
export type Target = {
  readonly isParley: boolean
  readonly tables: readonly TableRow[]
  readonly sequences: readonly SequenceRow[]
}

/** What a Parley that was started once and never used holds: nothing anybody would miss. */
const OF_ITSELF = new Set([
  'parley_migrations',
  'audit_chain',
  'audit_log',
  'data_keys',
  'workers',
  'sign_in_links',
  'meta_apps',
])

/**
 * Takes the database for the session, and refuses one that is not free. A Parley that starts from now on waits for the
 * session's end.
 *
 * @param replace the name of the database, when what it holds may go.
 * @throws AppError `backups/database-in-use`, `backups/database-not-empty`, `backups/other-version`; UnusableDatabaseError.
 */
export async function checkTarget(db: Queryable, replace: string | undefined): Promise<Target> {
  refuseOldServer(await readVersion(db))
  if (!(await tryLockMigrations(db, MIGRATION_LOCK))) {
    throw new AppError('backups/database-in-use', {
      detail: 'A Parley is starting, migrating, backing up or restoring there.',
    })
  }
  const own = ownNames(readMigrations())
  const [tables, sequences] = [await listTables(db, own), await listSequences(db, own)]
  const applied = await findMigrations(db)
  await refuseInUse(db, tables)
  const name = await readDatabaseName(db)
  if (replace !== undefined && replace !== name) {
    throw new AppError('backups/database-not-empty', {
      detail: `--replace names ${JSON.stringify(replace)}, and this database is ${JSON.stringify(name)}.`,
    })
  }
  if (applied === undefined) {
    if (tables.length === 0) return { isParley: false, tables, sequences }
    throw new AppError('backups/database-not-empty', {
      detail: `${JSON.stringify(name)} has tables of the same names that are not Parley’s: ${listed(tables.map((table) => table.name))}. Restore into another database.`,
    })
  }
  // Tables of a newer version would stay behind.
  refuseOtherVersion(applied, `The database ${JSON.stringify(name)}`)
  if (replace === undefined) await refuseFilled(db, name, tables)
  return { isParley: true, tables, sequences }
}

async function refuseInUse(db: Queryable, tables: readonly TableRow[]): Promise<void> {
  const sessions = await countSessions(db)
  const hasWorkers = tables.some(({ name }) => name === 'workers')
  const workers = hasWorkers ? await countLiveWorkers(db) : 0
  if (sessions === 0 && workers === 0) return
  throw new AppError('backups/database-in-use', {
    detail: `It has ${sessions} open sessions there, and ${workers} workers showed a sign of life in the last five seconds.`,
  })
}

async function refuseFilled(
  db: Queryable,
  name: string,
  tables: readonly TableRow[],
): Promise<void> {
  const filled = (await listFilled(db, tables)).filter((table) => !OF_ITSELF.has(table))
  if (tables.some((table) => table.name === 'data_keys') && (await hasTenantKeys(db))) {
    filled.push('data_keys')
  }
  if (filled.length === 0) return
  throw new AppError('backups/database-not-empty', {
    detail: `${JSON.stringify(name)} holds rows in ${listed(filled)}.`,
  })
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ')
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown
}
