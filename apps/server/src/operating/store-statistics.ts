import { sql } from '#ports/database.ts'
import type { Queryable, Statement } from '#ports/database.ts'

/** Tables that grow with every message; a name cannot be a parameter. */
const ANALYZE: Readonly<Record<string, Statement>> = {
  deliveries: sql`analyze deliveries`,
  delivery_events: sql`analyze delivery_events`,
  people: sql`analyze people`,
  conversations: sql`analyze conversations`,
  messages: sql`analyze messages`,
  waiting_lines: sql`analyze waiting_lines`,
  turns: sql`analyze turns`,
  outbound_parts: sql`analyze outbound_parts`,
  lanes: sql`analyze lanes`,
}

/** Tables that have become several times what the planner knows of them. */
export async function findOutgrown(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ name: string }>(sql`
    select s.relname as name from pg_stat_user_tables s join pg_class c on c.oid = s.relid
    where s.schemaname = current_schema() and s.relname = any(${Object.keys(ANALYZE)}::text[])
      and s.n_mod_since_analyze > greatest(500, 2 * c.reltuples) and s.n_live_tup > greatest(500, 2 * c.reltuples)`)
  return rows.map((row) => row.name)
}

/** A small sample in the caller's transaction: rows are reached by key, so that how many there are is all that counts. */
export async function analyze(db: Queryable, table: string): Promise<void> {
  const statement = ANALYZE[table]
  if (statement === undefined) return
  await db.run(sql`set local default_statistics_target = 10`)
  await db.run(statement)
}
