import type { WrappedKey } from '#ports/master-keys.ts'
import { SAMPLES } from '#ports/master-keys.ts'
import { sql } from '#ports/database.ts'
import type { Queryable, Statement } from '#ports/database.ts'
import type { OwnNames } from './own-names.ts'

/** A table of ours as PostgreSQL's catalog has it. What is called `sql…` is quoted and becomes part of statements. */
export type TableRow = {
  readonly name: string
  readonly sqlName: string
  readonly columns: string[]
  readonly sqlColumns: string
  /** Tables its rows refer to. */
  readonly parents: string[]
  readonly bytes: number
}

export type SequenceRow = { readonly name: string; readonly sqlName: string }

/** A statement made of names that PostgreSQL quoted itself. Used once: it is not kept by the server. */
export const made = (text: string): Statement => ({ text, values: [], name: '' })

/** Those of `own` that are there. */
export async function listTables(db: Queryable, own: OwnNames): Promise<TableRow[]> {
  return await db.many<TableRow>(sql`
    with own as (
      select c.oid, format('%I.%I', n.nspname, c.relname) as sql_name,
        case when n.nspname = current_schema() then c.relname else n.nspname || '.' || c.relname end as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname in (current_schema(), 'auth')
    )
    select name, sql_name as "sqlName", pg_table_size(oid) as bytes,
      array(select a.attname::text from pg_attribute a
        where a.attrelid = oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum) as columns,
      (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
        where a.attrelid = oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as "sqlColumns",
      array(select p.name from pg_constraint f join own p on p.oid = f.confrelid
        where f.conrelid = own.oid and f.contype = 'f' and p.oid <> own.oid) as parents
    from own where name = any(${own.tables}::text[]) order by name`)
}

/** Those of `own`, and what numbers the rows of our tables. */
export async function listSequences(db: Queryable, own: OwnNames): Promise<SequenceRow[]> {
  return await db.many<SequenceRow>(sql`
    select s.name, s.sql_name as "sqlName" from (
      select c.oid, format('%I.%I', n.nspname, c.relname) as sql_name, n.nspname = current_schema() as is_here,
        case when n.nspname = current_schema() then c.relname else n.nspname || '.' || c.relname end as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'S' and n.nspname in (current_schema(), 'auth')) s
    left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.oid and d.deptype in ('a', 'i')
      and d.refclassid = 'pg_class'::regclass
    left join pg_class t on t.oid = d.refobjid
    where s.name = any(${own.sequences}::text[]) or (s.is_here and t.relname = any(${own.tables}::text[]))
    order by s.name`)
}

export async function readSequence(
  db: Queryable,
  { sqlName }: SequenceRow,
): Promise<{ value: string; isCalled: boolean }> {
  return await db.one(
    made(`select last_value::text as value, is_called as "isCalled" from ${sqlName}`),
  )
}

/** Until the transaction's end no table changes its shape. */
export async function lockTables(db: Queryable, tables: readonly TableRow[]): Promise<void> {
  await db.run(
    made(`lock table ${tables.map(({ sqlName }) => sqlName).join(', ')} in access share mode`),
  )
}

/** The session's, until it lets go or ends. Shared: nobody migrates meanwhile. */
export async function lockMigrations(db: Queryable, lock: number): Promise<void> {
  await db.run(sql`select pg_advisory_lock_shared(${lock}::bigint)`)
}

export async function unlockMigrations(db: Queryable, lock: number): Promise<void> {
  await db.run(sql`select pg_advisory_unlock_shared(${lock}::bigint)`)
}

export type AppliedMigration = { number: number; name: string; checksum: string }

/** Undefined when no Parley was ever here. */
export async function findMigrations(db: Queryable): Promise<AppliedMigration[] | undefined> {
  const { exists } = await db.one<{ exists: boolean }>(
    sql`select to_regclass('parley_migrations') is not null as exists`,
  )
  if (!exists) return undefined
  return await db.many(sql`select number, name, checksum from parley_migrations order by number`)
}

/** One data key of every master key in use. */
export async function findSamples(db: Queryable): Promise<WrappedKey[]> {
  return await db.many<WrappedKey>(SAMPLES)
}

export async function readVersion(db: Queryable): Promise<{ number: number; text: string }> {
  return await db.one(sql`
    select current_setting('server_version_num')::integer as number, current_setting('server_version') as text`)
}
