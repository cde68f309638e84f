import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** What lies behind `latest` becomes `to`. */
type Pull = { readonly to: Date; readonly latest: Date }

/** The one clock all workers share. */
export async function loadDatabaseTime(db: Queryable): Promise<Date> {
  const row = await db.one<{ at: Date }>(sql`select clock_timestamp() as at`)
  return row.at
}

export async function pullChecksBack(db: Queryable, { to, latest }: Pull): Promise<number> {
  return await db.run(sql`
    update grants set next_check_at = ${to} where status = 'active' and next_check_at > ${latest}`)
}

export async function pullRefreshesBack(db: Queryable, { to, latest }: Pull): Promise<number> {
  return await db.run(sql`
    update grants set next_refresh_at = ${to} where status = 'active' and next_refresh_at > ${latest}`)
}

export async function pullRetriesBack(db: Queryable, { latest }: Pull): Promise<number> {
  return await db.run(sql`
    update grants set retry_at = null where status = 'active' and retry_at > ${latest}`)
}

/** Pauses of whole apps: the next call that succeeds ends them. */
export async function pullAppsBack(db: Queryable, { to, latest }: Pull): Promise<number> {
  return await db.run(sql`
    update meta_apps set open_until = ${to}, opened_at = null where open_until > ${latest}`)
}
