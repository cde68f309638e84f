import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { Client } from 'pg'
import { migrateJobs } from './jobs.ts'
import { proveMasterKeys, SAMPLES } from './master-keys.ts'
import type { MasterKey, WrappedKey } from './master-keys.ts'
import { withoutSessionName } from './without-session-name.ts'

/** One numbered file: `0001-accounts.sql`. */
export type Migration = {
  readonly number: number
  readonly name: string
  readonly text: string
  readonly checksum: string
}

/** A database that cannot be used as it is. The message says what to do. */
export class UnusableDatabaseError extends Error {
  override readonly name = 'UnusableDatabaseError'
}

const SERVER_VERSION_MIN = 150_000
/** Any number nobody else uses: an advisory lock of this database. Who holds it alone changes the tables themselves. */
export const MIGRATION_LOCK = 7_275_391
const CONNECT_TIMEOUT_MS = 10_000

/** What was applied to a database. */
export const MIGRATIONS_TABLE = `
  create table if not exists parley_migrations (
    number integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
  )`

const folder = new URL('../../migrations/', import.meta.url)

export function readMigrations(): readonly Migration[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
  return names.map((name, index) => {
    const number = Number(name.slice(0, 4))
    if (number !== index + 1) throw new Error(`migration ${name} is not number ${index + 1}`)
    const text = readFileSync(new URL(name, folder), 'utf8')
    return { number, name, text, checksum: createHash('sha256').update(text).digest('hex') }
  })
}

/**
 * Brings the database to this version's tables. Under a lock, so that several processes may start at once.
 *
 * @param masterKeys with them a database that was sealed with others is refused before anything is written.
 * @returns the names of what was applied.
 * @throws WrongKeyError; UnusableDatabaseError when the server is too old, or the database belongs to another version.
 */
export async function migrate(
  url: string,
  masterKeys?: readonly MasterKey[],
): Promise<readonly string[]> {
  await using session = await connect(url)
  const { client } = session
  await checkVersion(client)
  // Ending the session lets go of the lock.
  await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
  if (masterKeys !== undefined) await refuseOtherKeys(client, masterKeys)
  const applied = await applyMissing(client, readMigrations())
  await migrateJobs(url)
  return applied
}

/**
 * For commands beside a server: the database must have this program's tables already. Writes nothing.
 *
 * @throws WrongKeyError; UnusableDatabaseError when the server is too old, or its tables are of another version.
 */
export async function refuseOtherTables(
  url: string,
  masterKeys: readonly MasterKey[],
): Promise<void> {
  await using session = await connect(url)
  const { client } = session
  await checkVersion(client)
  await refuseOtherKeys(client, masterKeys)
  const missing = findMissing(await readApplied(client), readMigrations())
  if (missing.length > 0) {
    throw new UnusableDatabaseError(
      `The database has the tables of an older Parley (${missing.length} migrations are missing). Run \`parley migrate\`, or start the server once.`,
    )
  }
}

async function connect(url: string): Promise<AsyncDisposable & { readonly client: Client }> {
  const client = new Client({
    connectionString: withoutSessionName(url),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'parley migrate',
  })
  // A lost session fails the query in flight; without a listener it would end the process instead.
  client.on('error', () => undefined)
  await client.connect()
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client.end()
    },
  }
}

async function checkVersion(client: Client): Promise<void> {
  const { rows } = await client.query<{ number: number; text: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as text`,
  )
  for (const version of rows) refuseOldServer(version)
}

/** @throws UnusableDatabaseError */
export function refuseOldServer(version: { number: number; text: string }): void {
  if (version.number >= SERVER_VERSION_MIN) return
  throw new UnusableDatabaseError(
    `The database is PostgreSQL ${version.text}. Parley needs 15 or newer: upgrade it, or unset DATABASE_URL for the embedded one.`,
  )
}

async function refuseOtherKeys(client: Client, masterKeys: readonly MasterKey[]): Promise<void> {
  const { rows } = await client.query<{ exists: boolean }>(
    `select to_regclass('data_keys') is not null as exists`,
  )
  if (rows[0]?.exists !== true) return
  const samples = await client.query<WrappedKey>(SAMPLES.text)
  await proveMasterKeys(masterKeys, samples.rows)
}

async function applyMissing(
  client: Client,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  await client.query(MIGRATIONS_TABLE)
  const missing = findMissing(await readApplied(client), migrations)
  for (const migration of missing) await apply(client, migration)
  return missing.map((migration) => migration.name)
}

type Applied = { readonly number: number; readonly name: string; readonly checksum: string }

async function readApplied(client: Client): Promise<readonly Applied[]> {
  const { rows } = await client.query<{ exists: boolean }>(
    `select to_regclass('parley_migrations') is not null as exists`,
  )
  if (rows[0]?.exists !== true) return []
  const applied = await client.query<Applied>(
    'select number, name, checksum from parley_migrations order by number',
  )
  return applied.rows
}

/** @throws UnusableDatabaseError when what was applied is not what this program has. */
function findMissing(
  applied: readonly Applied[],
  migrations: readonly Migration[],
): readonly Migration[] {
  for (const done of applied) {
    const known = migrations.find((migration) => migration.number === done.number)
    if (known === undefined) {
      throw new UnusableDatabaseError(
        `The database was migrated by a newer Parley (${done.name}). Start that version, or restore a backup from before it.`,
      )
    }
    if (known.checksum !== done.checksum) {
      throw new UnusableDatabaseError(
        `The database was migrated with another text of ${done.name}. Use the Parley that made it; a demo starts anew once its data folder is deleted.`,
      )
    }
  }
  return migrations.filter((migration) => migration.number > applied.length)
}

async function apply(client: Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(migration.text)
    await client.query(
      'insert into parley_migrations (number, name, checksum) values ($1, $2, $3)',
      [migration.number, migration.name, migration.checksum],
    )
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    throw new Error(`migration ${migration.name} failed`, { cause })
  }
}
