import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { ErasureRow, KeptErasures } from './schema.ts'

/** False for a database of a version that could not erase yet. */
export async function hasErasures(db: Queryable): Promise<boolean> {
  const { exists } = await db.one<{ exists: boolean }>(
    sql`select to_regclass('data_deletions') is not null as exists`,
  )
  return exists
}

/** As JSON, so that rows fit a table that has grown columns since. */
export async function selectEverything(db: Queryable): Promise<KeptErasures> {
  return await db.one(sql`
    select (select coalesce(json_agg(d), '[]')::text from data_deletions d) as erasures,
      (select coalesce(json_agg(s), '[]')::text from data_deletion_steps s) as steps,
      (select coalesce(json_agg(r), '[]')::text from signed_requests r) as requests`)
}

/** Those that are not known. Each is open again, as if it had just been asked for. @returns them. */
export async function insertKept(db: Queryable, kept: KeptErasures): Promise<ErasureRow[]> {
  await db.run(sql`
    insert into signed_requests select * from json_populate_recordset(null::signed_requests, ${kept.requests}::json)
    on conflict do nothing`)
  const rows = await db.many<ErasureRow>(sql`
    insert into data_deletions select * from json_populate_recordset(null::data_deletions, ${kept.erasures}::json)
    on conflict do nothing
    returning id, code, kind, tenant_id, subject_id, requested_at, finished_at`)
  const ids = rows.map(({ id }) => id)
  await db.run(sql`
    insert into data_deletion_steps
    select * from json_populate_recordset(null::data_deletion_steps, ${kept.steps}::json) s
    where s.deletion_id = any(${ids}::uuid[])`)
  await db.run(sql`
    update data_deletion_steps set position = null, done_at = null where deletion_id = any(${ids}::uuid[])`)
  await db.run(sql`
    update data_deletions d set finished_at = null, lease_until = null, barrier = null
    where id = any(${ids}::uuid[]) and exists (select 1 from data_deletion_steps where deletion_id = d.id)`)
  return rows
}
