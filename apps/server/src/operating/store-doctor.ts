import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** The database server: its version as a number (180004 is 18.4), and its time. */
export async function readServer(db: Queryable): Promise<{ version: number; now: Date }> {
  return await db.one<{ version: number; now: Date }>(sql`
    select current_setting('server_version_num')::integer as version, clock_timestamp() as now`)
}
