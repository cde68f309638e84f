import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type ImportedRow = {
  readonly connection_id: string | null
  readonly session_id: string | null
}

export async function findImportedRow(
  db: Queryable,
  tenantId: string,
  rowHashes: readonly string[],
): Promise<ImportedRow | undefined> {
  const [newest] = await db.many<ImportedRow>(sql`
    select connection_id, session_id from imported_rows
    where tenant_id = ${tenantId} and row_hash = any(${[...rowHashes]}) order by imported_at desc limit 1`)
  return newest
}

export async function keepImportedRow(
  db: Queryable,
  row: {
    tenantId: string
    rowHash: string
    connectionId: string | null
    sessionId: string | null
    at: Date
  },
): Promise<void> {
  await db.run(sql`
    insert into imported_rows (tenant_id, row_hash, connection_id, session_id, imported_at)
    values (${row.tenantId}, ${row.rowHash}, ${row.connectionId}, ${row.sessionId}, ${row.at})
    on conflict (tenant_id, row_hash) do update
    set connection_id = excluded.connection_id, session_id = excluded.session_id, imported_at = excluded.imported_at`)
}
