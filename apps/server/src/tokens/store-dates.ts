import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** What lies behind `latest` becomes `now`. */
type Pull = { readonly now: Date; readonly latest: Date }

export async function pullChecksBack(db: Queryable, { now, latest }: Pull): Promise<number> {
  return await db.run(sql`
    update grants set next_check_at = ${now} where status = 'active' and next_check_at > ${latest}`)
}

export async function pullRefreshesBack(db: Queryable, { now, latest }: Pull): Promise<number> {
  return await db.run(sql`
    update grants set next_refresh_at = ${now} where status = 'active' and next_refresh_at > ${latest}`)
}

export async function pullRetriesBack(db: Queryable, { latest }: Pull): Promise<number> {
  return await db.run(sql`
    update grants set retry_at = null where status = 'active' and retry_at > ${latest}`)
}

/** Pauses of whole apps: the next call that succeeds ends them. */
export async function pullAppsBack(db: Queryable, { now, latest }: Pull): Promise<number> {
  return await db.run(sql`
    update meta_apps set open_until = ${now}, opened_at = null where open_until > ${latest}`)
}
