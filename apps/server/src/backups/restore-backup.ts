import { AppError } from '@parley/contract/app-error.ts'
import { readEnd } from '#audit/read-end.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { sql } from '#ports/database.ts'
import { openLongSession } from '#ports/long-session.ts'
import type { LongSession } from '#ports/long-session.ts'
import { readMigrations } from '#ports/migrations.ts'
import { keepErasures } from '#privacy/keep-erasures.ts'
import { repeatErasures } from '#privacy/repeat-erasures.ts'
import { checkTarget } from './check-target.ts'
import type { Target } from './check-target.ts'
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

type RestorePorts = Omit<BackupPorts, 'random'>

export type RestoreOptions = {
  /** The name of the database, when what it holds may go. */
  readonly replace: string | undefined
  readonly onProgress: (progress: BackupProgress) => void
}

export type RestoredBackup = {
  readonly takenAt: string
  readonly rows: number
  /** Migrations that came after the backup. */
  readonly migrated: readonly string[]
  /** Whose database it was. What was asked for in another Parley's is not done to the tenants of this one. */
  readonly replaced: 'nobody' | 'itself' | 'another'
  /** Erasures of the replaced database that the backup did not know. */
  readonly erasures: number
}

/**
 * Puts a backup in the place of an empty database, or of a named one, in one transaction. Everything is proven first:
 * the master keys before all, then that nobody uses the database, then the whole file. A refusal changes nothing, and
 * leaves one line in the audit log of the database it was aimed at, if that is a Parley.
 *
 * @throws AppError `backups/…`; KeyServiceError, UnusableDatabaseError.
 */
export async function restoreBackup(
  ports: RestorePorts,
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
  ports: RestorePorts,
  db: LongSession,
  input: { target: Target; backup: OpenedBackup; key: Uint8Array; tell: Tell },
): Promise<RestoredBackup> {
  const { target, backup, key, tell } = input
  const { header } = backup
  const at = new Date(ports.clock.now())
  const migrations = readMigrations()
  const own = ownNames(migrations)
  await db.run(sql`begin`)
  try {
    const replaced = await readReplaced(db, target)
    await dropEverything(db, target.tables, target.sequences)
    await makeTables(db, migrations.slice(0, header.migrations.length))
    let table: string | null = null
    const frames = backup.frames(key, (bytes) => tell('load', bytes, table))
    const rows = await loadTables(db, own, header, frames, (name) => {
      table = name
    })
    const missing = migrations.slice(header.migrations.length)
    for (const migration of missing) await applyMigration(db, migration)
    const whose = whoseWas(replaced.instance, await findInstance(db))
    const kept = whose === 'itself' ? replaced.kept : undefined
    const erasures = kept === undefined ? 0 : await repeatErasures(db, kept, at)
    await settleRestored(db, new Date(header.takenAt))
    await recordAudit(db, at, {
      actor: 'system',
      action: 'backup.restored',
      detail: { takenAt: header.takenAt, rows, replaced: whose, erasures, ...replaced.auditEnd },
    })
    await renewStatistics(db, await listTables(db, own))
    await db.run(sql`commit`)
    return {
      takenAt: header.takenAt,
      rows,
      migrated: missing.map(({ name }) => name),
      replaced: whose,
      erasures,
    }
  } catch (error) {
    // A session that broke has rolled back by itself.
    await db.run(sql`rollback`).catch(() => undefined)
    throw error
  }
}

/** What outlives the replaced database: what was erased in it, and the end of its audit log, in the line about it. */
async function readReplaced(db: LongSession, { tables, isParley }: Target) {
  const instance = isParley ? await findInstance(db) : undefined
  const kept = await keepErasures(db)
  if (!tables.some(({ name }) => name === 'audit_chain')) return { instance, kept, auditEnd: {} }
  const { count, hash } = await readEnd(db)
  return { instance, kept, auditEnd: { replacedLines: count, replacedEnd: hash } }
}

function whoseWas(
  replaced: string | undefined,
  restored: string | undefined,
): RestoredBackup['replaced'] {
  if (replaced === undefined) return 'nobody'
  return replaced === restored ? 'itself' : 'another'
}

async function recordRefusal(
  { clock }: RestorePorts,
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
