import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** False when the server answers and refuses writes. */
export async function isWritable(db: Queryable): Promise<boolean> {
  const row = await db.one<{ writable: boolean }>(
    sql`select current_setting('transaction_read_only') = 'off' as writable`,
  )
  return row.writable
}
