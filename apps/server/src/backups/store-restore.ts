import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { LongSession } from '#ports/long-session.ts'
import { MIGRATIONS_TABLE } from '#ports/migrations.ts'
import type { Migration } from '#ports/migrations.ts'
import { made } from './store.ts'
import type { SequenceRow, TableRow } from './store.ts'

export async function readDatabaseName(db: Queryable): Promise<string> {
  return (await db.one<{ name: string }>(sql`select current_database()::text as name`)).name
}

/** Alone, until the session ends: a Parley that starts waits for it. False when somebody else has it. */
export async function tryLockMigrations(db: Queryable, lock: number): Promise<boolean> {
  const row = await db.one<{ got: boolean }>(
    sql`select pg_try_advisory_lock(${lock}::bigint) as got`,
  )
  return row.got
}

/** Sessions of other processes of ours. Who only keeps the embedded server running uses nothing. */
export async function countSessions(db: Queryable): Promise<number> {
  const { count } = await db.one<{ count: number }>(sql`
    select count(*) as count from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
      and application_name like 'parley%' and application_name <> 'parley owner'`)
  return count
}

/** Workers that showed a sign of life: seen through a pooler too, where sessions have other names. */
export async function countLiveWorkers(db: Queryable): Promise<number> {
  const { count } = await db.one<{ count: number }>(sql`
    select count(*) as count from workers where seen_at > clock_timestamp() - interval '5 seconds'`)
  return count
}

/**
 * When its first table was made, to the microsecond: it goes into every backup, so databases that are copies of each
 * other have it in common, and no others. Ids of tenants are the host's, and may be the same anywhere.
 */
export async function findInstance(db: Queryable): Promise<string | undefined> {
  const row = await db.maybe<{ instance: string }>(sql`
    select extract(epoch from applied_at)::text as instance from parley_migrations where number = 1`)
  return row?.instance
}

/** Those that hold anything. */
export async function listFilled(db: Queryable, tables: readonly TableRow[]): Promise<string[]> {
  const filled: string[] = []
  for (const { name, sqlName } of tables) {
    const rows = await db.many(made(`select 1 from ${sqlName} limit 1`))
    if (rows.length > 0) filled.push(name)
  }
  return filled
}

export async function hasTenantKeys(db: Queryable): Promise<boolean> {
  return (await db.many(sql`select 1 from data_keys where owner <> 'inbox' limit 1`)).length > 0
}

export async function dropEverything(
  db: Queryable,
  tables: readonly TableRow[],
  sequences: readonly SequenceRow[],
): Promise<void> {
  if (tables.length > 0) {
    await db.run(made(`drop table ${tables.map(({ sqlName }) => sqlName).join(', ')}`))
  }
  // Those of columns went with their tables.
  for (const { sqlName } of sequences) await db.run(made(`drop sequence if exists ${sqlName}`))
  await db.run(made('drop schema if exists auth'))
}

/** Tables of one version, in the caller's transaction. What the migrations note and fill in comes from the backup. */
export async function makeTables(db: LongSession, migrations: readonly Migration[]): Promise<void> {
  await db.script(MIGRATIONS_TABLE)
  for (const { text } of migrations) await db.script(text)
}

export async function emptyTables(db: Queryable, tables: readonly TableRow[]): Promise<void> {
  await db.run(made(`truncate ${tables.map(({ sqlName }) => sqlName).join(', ')}`))
}

export async function applyMigration(db: LongSession, migration: Migration): Promise<void> {
  const { number, name, checksum, text } = migration
  await db.script(text)
  await db.run(sql`
    insert into parley_migrations (number, name, checksum) values (${number}, ${name}, ${checksum})`)
}

export async function setSequence(
  db: Queryable,
  { sqlName }: SequenceRow,
  { value, isCalled }: { value: string; isCalled: boolean },
): Promise<void> {
  await db.run(sql`select setval(${sqlName}::regclass, ${value}::bigint, ${isCalled})`)
}

export async function renewStatistics(db: Queryable, tables: readonly TableRow[]): Promise<void> {
  await db.run(made(`analyze ${tables.map(({ sqlName }) => sqlName).join(', ')}`))
}
