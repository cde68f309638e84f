import { AppError } from '@parley/contract/app-error.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { sql } from '#ports/database.ts'
import { openLongSession } from '#ports/long-session.ts'
import type { LongSession } from '#ports/long-session.ts'
import { readMigrations } from '#ports/migrations.ts'
import { checkTarget } from './check-target.ts'
import type { Target } from './check-target.ts'
import { keepReplaced, repeatReplaced } from './keep-replaced.ts'
import type { Repeated, Replaced } from './keep-replaced.ts'
import { loadTables } from './load-tables.ts'
import { openBackup } from './open-backup.ts'
import type { OpenedBackup } from './open-backup.ts'
import { ownNames } from './own-names.ts'
import { refuseOtherVersion } from './refuse-other-version.ts'
import type { BackupProgress } from './schema.ts'
import { settleRestored } from './settle-restored.ts'
import { findMigrations, listTables } from './store.ts'
import {
  applyMigration,
  dropEverything,
  findInstance,
  makeTables,
  renewStatistics,
} from './store-restore.ts'
import type { BackupPorts } from './write-backup.ts'

export type RestoreOptions = {
  /** The name of the database, when what it holds may go. */
  readonly replace: string | undefined
  readonly onProgress: (progress: BackupProgress) => void
}

export type RestoredBackup = Repeated & {
  readonly takenAt: string
  readonly rows: number
  /** Migrations that came after the backup. */
  readonly migrated: readonly string[]
  /** Whose database it was. What was asked for in another Parley's is not done to the tenants of this one. */
  readonly replaced: 'nobody' | 'itself' | 'another'
}

/**
 * Puts a backup in the place of an empty database, or of a named one, in one transaction. Everything is proven first:
 * the master keys before all, then that nobody uses the database, then the whole file. A refusal changes nothing, and
 * leaves one line in the audit log of the database it was aimed at, if that is a Parley.
 *
 * @throws AppError `backups/…`; KeyServiceError, UnusableDatabaseError.
 */
export async function restoreBackup(
  ports: BackupPorts,
  path: string,
  options: RestoreOptions,
): Promise<RestoredBackup> {
  await using db = await openLongSession(ports.url, 'parley restore')
  try {
    await using backup = await openBackup(path)
    refuseOtherVersion(backup.header.migrations, 'The backup')
    const key = await backup.proveKeys(ports.masterKeys)
    // From here on no Parley starts there.
    const target = await checkTarget(db, options.replace)
    const tell = progressOf(backup, options)
    await backup.check(key, (bytes) => tell('check', bytes, null))
    return await takeThePlace(ports, db, { target, backup, key, tell })
  } catch (error) {
    if (error instanceof AppError) await recordRefusal(ports, db, error)
    throw error
  }
}

type Tell = (phase: BackupProgress['phase'], done: number, table: string | null) => void

const progressOf =
  ({ bytes: total }: OpenedBackup, { onProgress }: RestoreOptions): Tell =>
  (phase, done, table) =>
    onProgress({ phase, done, total, table })

async function takeThePlace(
  ports: BackupPorts,
  db: LongSession,
  input: { target: Target; backup: OpenedBackup; key: Uint8Array; tell: Tell },
): Promise<RestoredBackup> {
  const { target, backup, key, tell } = input
  const { header } = backup
  const at = new Date(ports.clock.now())
  const takenAt = new Date(header.takenAt)
  const migrations = readMigrations()
  const own = ownNames(migrations)
  await db.run(sql`begin`)
  try {
    const replaced = await keepReplaced(db, target, takenAt)
    await dropEverything(db, target.tables, target.sequences)
    await makeTables(db, migrations.slice(0, header.migrations.length))
    let table: string | null = null
    const frames = backup.frames(key, (bytes) => tell('load', bytes, table))
    const rows = await loadTables(db, own, header, frames, (name) => {
      table = name
    })
    const missing = migrations.slice(header.migrations.length)
    for (const migration of missing) await applyMigration(db, migration)
    const whose = whoseWas(replaced, await findInstance(db))
    const repeats = replaced !== undefined && whose === 'itself'
    const repeated = repeats ? await repeatReplaced(ports, db, replaced) : NOTHING
    await settleRestored(db, takenAt)
    await recordAudit(db, at, {
      actor: 'system',
      action: 'backup.restored',
      detail: {
        takenAt: header.takenAt,
        rows,
        replaced: whose,
        ...repeated,
        ...replaced?.auditEnd,
      },
    })
    await renewStatistics(db, await listTables(db, own))
    await db.run(sql`commit`)
    return {
      takenAt: header.takenAt,
      rows,
      migrated: missing.map(({ name }) => name),
      replaced: whose,
      ...repeated,
    }
  } catch (error) {
    // A session that broke has rolled back by itself.
    await db.run(sql`rollback`).catch(() => undefined)
    throw error
  }
}

const NOTHING: Repeated = { erasures: 0, disconnected: 0, unsent: 0 }

function whoseWas(
  replaced: Replaced | undefined,
  restored: string | undefined,
): RestoredBackup['replaced'] {
  if (replaced === undefined) return 'nobody'
  return replaced.instance === restored ? 'itself' : 'another'
}

async function recordRefusal(
  { clock }: BackupPorts,
  db: LongSession,
  { code }: AppError,
): Promise<void> {
  if ((await findMigrations(db)) === undefined) return
  await recordAudit(db, new Date(clock.now()), {
    actor: 'system',
    action: 'backup.restore_refused',
    detail: { code },
  })
}
