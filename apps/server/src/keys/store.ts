import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { WrappedKey } from '#ports/master-keys.ts'

/** One owner's move to a new version of its data key. */
export type Rotation = {
  readonly owner: string
  /** The version everything is re-sealed with. */
  readonly version: number
  readonly at_column: string | null
  readonly after_key: string[] | null
  readonly resealed: number
  /** Until every process writes with it. */
  readonly active_in_ms: number
  /** How long every process has written with it, and no value was found that another one sealed. */
  readonly quiet_for_ms: number
}

const LOCK = 7_275_394

/** One rotation at a time. Held by the session, so it ends with its process. */
export async function tryLock(session: Queryable): Promise<boolean> {
  const { locked } = await session.one<{ locked: boolean }>(
    sql`select pg_try_advisory_lock(${LOCK}) as locked`,
  )
  return locked
}

/** Everybody who has a data key. `inbox` last: values leave it for their tenants. */
export async function listOwners(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ owner: string }>(sql`
    select distinct owner, owner = 'inbox' as is_inbox from data_keys order by is_inbox, owner`)
  return rows.map(({ owner }) => owner)
}

export async function listDataKeys(db: Queryable): Promise<(WrappedKey & { active: boolean })[]> {
  return await db.many(sql`
    select owner, version, wrapped, active_at <= clock_timestamp() as active
    from data_keys order by owner, version`)
}

/** A version of which every process learns before it is written with, `leadMs` from now. */
export async function insertDataKey(
  db: Queryable,
  key: WrappedKey & { at: Date; leadMs: number },
): Promise<void> {
  await db.run(sql`
    insert into data_keys (owner, version, wrapped, created_at, active_at)
    values (${key.owner}, ${key.version}, ${key.wrapped}, ${key.at},
      clock_timestamp() + make_interval(secs => ${key.leadMs / 1000}::float8))`)
  await db.run(
    sql`insert into key_rotations (owner, version) values (${key.owner}, ${key.version})`,
  )
}

export async function lockNewestKey(db: Queryable, owner: string): Promise<WrappedKey | undefined> {
  return await db.maybe<WrappedKey>(sql`
    select owner, version, wrapped from data_keys
    where owner = ${owner} order by version desc limit 1 for update`)
}

/** The rotation that was begun and not brought to its end. */
export async function findRotation(db: Queryable, owner: string): Promise<Rotation | undefined> {
  return await db.maybe<Rotation>(sql`
    select r.owner, r.version, r.at_column, r.after_key, r.resealed,
      greatest(extract(epoch from k.active_at - clock_timestamp()) * 1000, 0)::float8 as active_in_ms,
      (extract(epoch from clock_timestamp() - greatest(k.active_at, r.resealed_at)) * 1000)::float8 as quiet_for_ms
    from key_rotations r join data_keys k on k.owner = r.owner and k.version = r.version
    where r.owner = ${owner} and r.finished_at is null
    order by r.version desc limit 1`)
}

/** Owners with such a rotation. */
export async function listUnfinished(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ owner: string }>(
    sql`select distinct owner from key_rotations where finished_at is null order by owner`,
  )
  return rows.map(({ owner }) => owner)
}

export async function saveProgress(
  db: Queryable,
  rotation: Pick<Rotation, 'owner' | 'version'>,
  progress: { column: string | null; after: readonly string[] | null; resealed: number },
): Promise<void> {
  await db.run(sql`
    update key_rotations set at_column = ${progress.column}, after_key = ${progress.after}::text[],
      resealed = resealed + ${progress.resealed}::bigint,
      resealed_at = case when ${progress.resealed}::bigint > 0 then clock_timestamp() else resealed_at end
    where owner = ${rotation.owner} and version = ${rotation.version}`)
}

/** @returns how many older versions were dropped. */
export async function dropOlderKeys(
  db: Queryable,
  { owner, version }: Pick<Rotation, 'owner' | 'version'>,
): Promise<number> {
  const dropped = await db.run(
    sql`delete from data_keys where owner = ${owner} and version < ${version}`,
  )
  await db.run(sql`
    update key_rotations set finished_at = clock_timestamp(), at_column = null, after_key = null
    where owner = ${owner} and version <= ${version} and finished_at is null`)
  return dropped
}

/** Only if it is still what was unwrapped. */
export async function replaceWrapped(
  db: Queryable,
  key: WrappedKey & { readonly fresh: string },
): Promise<number> {
  return await db.run(sql`
    update data_keys set wrapped = ${key.fresh}
    where owner = ${key.owner} and version = ${key.version} and wrapped = ${key.wrapped}`)
}

export async function findOldestKey(db: Queryable): Promise<Date | null> {
  const row = await db.one<{ at: Date | null }>(sql`select min(created_at) as at from data_keys`)
  return row.at
}

/** Begun and not brought to their end, the oldest hundred. */
export async function listRotations(
  db: Queryable,
): Promise<{ owner: string; version: number; started_at: Date; resealed: number }[]> {
  return await db.many(sql`
    select owner, version, started_at, resealed from key_rotations
    where finished_at is null order by started_at, owner limit 100`)
}
