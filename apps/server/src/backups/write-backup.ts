import assert from 'node:assert/strict'
import { AppError } from '@parley/contract/app-error.ts'
import { decodeProtectedHeader } from 'jose'
import { recordAudit } from '#audit/record-audit.ts'
import type { Clock } from '#ports/clock.ts'
import { sql } from '#ports/database.ts'
import { refuseExisting, writeNewFile } from '#ports/large-file.ts'
import { openLongSession } from '#ports/long-session.ts'
import type { LongSession } from '#ports/long-session.ts'
import { proveMasterKeys, wrap } from '#ports/master-keys.ts'
import type { MasterKey } from '#ports/master-keys.ts'
import { MIGRATION_LOCK, readMigrations } from '#ports/migrations.ts'
import type { Random } from '#ports/random.ts'
import { frame } from './frames.ts'
import { compress } from './gzip.ts'
import { ownNames } from './own-names.ts'
import { refuseOtherVersion } from './refuse-other-version.ts'
import { END_MARK, FORMAT, KEY_OWNER, LEFT_OUT, MAGIC } from './schema.ts'
import type { BackupProgress, Ending, Header } from './schema.ts'
import { Seal } from './seal.ts'
import {
  findMigrations,
  findSamples,
  listSequences,
  listTables,
  lockMigrations,
  lockTables,
  readSequence,
  readVersion,
  unlockMigrations,
} from './store.ts'
import type { SequenceRow, TableRow } from './store.ts'

export type BackupPorts = {
  readonly url: string
  readonly masterKeys: readonly MasterKey[]
  readonly clock: Clock
  readonly random: Random
}

export type WrittenBackup = {
  readonly path: string
  readonly takenAt: string
  readonly bytes: number
  readonly rows: number
  readonly masterKeys: readonly string[]
}

/**
 * Writes everything there is at one moment into one file, while Parley works. Whole tables pass through, none is held.
 *
 * @throws AppError `backups/file-exists`, `backups/file-unusable`, `backups/nothing-there`, `backups/other-version`;
 *   WrongKeyError.
 */
export async function writeBackup(
  ports: BackupPorts,
  path: string,
  onProgress: (progress: BackupProgress) => void,
): Promise<WrittenBackup> {
  await refuseExisting(path)
  await using db = await openLongSession(ports.url, 'parley backup')
  const applied = await findMigrations(db)
  if (applied === undefined) throw new AppError('backups/nothing-there')
  // Tables of a newer version are unknown here, and would be left out.
  refuseOtherVersion(applied, 'The database')
  const own = ownNames(readMigrations())
  const { tables, atMs } = await beginSnapshot(ports, db, () => listTables(db, own))
  const { header, key } = await describe(ports, db, tables, atMs)
  const ending: Ending = { tables: [], sequences: [] }
  const frames = framesOf(db, tables, await listSequences(db, own), ending, onProgress)
  const written = async (): Promise<void> => {
    await db.run(sql`commit`)
    await recordAudit(db, new Date(ports.clock.now()), {
      actor: 'system',
      action: 'backup.made',
      detail: { rows: rowsOf(ending), migrations: header.migrations.length },
    })
  }
  const bytes = await writeNewFile(path, piecesOf(header, key, frames, written))
  const { takenAt, masterKeys } = header
  return { path, takenAt, bytes, rows: rowsOf(ending), masterKeys }
}

const rowsOf = (ending: Ending): number => ending.tables.reduce((sum, { rows }) => sum + rows, 0)

/**
 * One moment for all tables. The locks come first: a snapshot taken before could be of another shape.
 *
 * @returns `atMs`: never after that moment. What was sent since is looked for at Meta when the backup is restored, and
 *   a later time would prove it absent.
 */
async function beginSnapshot(
  { clock }: Pick<BackupPorts, 'clock'>,
  db: LongSession,
  list: () => Promise<TableRow[]>,
): Promise<{ tables: readonly TableRow[]; atMs: number }> {
  await lockMigrations(db, MIGRATION_LOCK)
  const tables = await list()
  const atMs = clock.now()
  await db.run(sql`begin isolation level repeatable read read only`)
  await lockTables(db, tables)
  await unlockMigrations(db, MIGRATION_LOCK)
  return { tables: parentsFirst(tables.filter(({ name }) => !LEFT_OUT.includes(name))), atMs }
}

/** So that every row finds what it refers to. */
function parentsFirst(tables: readonly TableRow[]): readonly TableRow[] {
  const sorted = new Set<TableRow>()
  while (sorted.size < tables.length) {
    const names = new Set([...sorted].map(({ name }) => name))
    const next = tables.filter(
      (table) => !sorted.has(table) && table.parents.every((parent) => names.has(parent)),
    )
    assert(next.length > 0, 'no table refers to itself by way of others')
    for (const table of next) sorted.add(table)
  }
  return [...sorted]
}

async function describe(
  { masterKeys, random }: BackupPorts,
  db: LongSession,
  tables: readonly TableRow[],
  atMs: number,
): Promise<{ header: Header; key: Uint8Array }> {
  const [active] = masterKeys
  assert(active !== undefined)
  const samples = await findSamples(db)
  // A backup nobody here could restore is none.
  await proveMasterKeys(masterKeys, samples)
  const key = random.bytes(32)
  const own = { owner: KEY_OWNER, version: FORMAT }
  const wrapped = { ...own, wrapped: await wrap(active, own.owner, own.version, key) }
  const named = [wrapped, ...samples].map((one) => decodeProtectedHeader(one.wrapped).kid ?? '')
  const header: Header = {
    format: FORMAT,
    takenAt: new Date(atMs).toISOString(),
    postgres: (await readVersion(db)).text,
    migrations: (await findMigrations(db)) ?? [],
    masterKeys: [...new Set(named)],
    key: wrapped,
    samples,
    tables: tables.map(({ name, columns }) => ({ name, columns })),
  }
  return { header, key }
}

/** @param written called when everything was read, before the file gets its name. */
async function* piecesOf(
  header: Header,
  key: Uint8Array,
  frames: AsyncIterable<Buffer>,
  written: () => Promise<void>,
): AsyncGenerator<Buffer> {
  const seal = new Seal(key)
  yield seal.add(Buffer.from(`${MAGIC}${JSON.stringify(header)}\n`))
  yield* seal.over(compress(frames))
  yield Buffer.from(`${END_MARK}${seal.digest()}\n`)
  await written()
}

async function* framesOf(
  db: LongSession,
  tables: readonly TableRow[],
  sequences: readonly SequenceRow[],
  ending: Ending,
  onProgress: (progress: BackupProgress) => void,
): AsyncGenerator<Buffer> {
  const total = tables.reduce((sum, { bytes }) => sum + bytes, 0)
  let before = 0
  for (const { name, sqlName, sqlColumns, bytes } of tables) {
    const tell = (copied: number): void =>
      onProgress({ phase: 'save', done: before + Math.min(copied, bytes), total, table: name })
    tell(0)
    yield frame('table', Buffer.from(name))
    let [rows, copied] = [0, 0]
    for await (const piece of db.copyOut(`copy ${sqlName} (${sqlColumns}) to stdout`)) {
      rows += rowsIn(piece)
      copied += piece.length
      yield frame('rows', piece)
      tell(copied)
    }
    before += bytes
    ending.tables.push({ name, rows })
  }
  // After the rows: a number given meanwhile is not given again.
  for (const sequence of sequences) {
    ending.sequences.push({ name: sequence.name, ...(await readSequence(db, sequence)) })
  }
  yield frame('end', Buffer.from(JSON.stringify(ending)))
  onProgress({ phase: 'save', done: total, total, table: null })
}

/** Every row is one line; a newline inside a value is written otherwise. */
function rowsIn(piece: Buffer): number {
  let count = 0
  for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) count += 1
  return count
}
