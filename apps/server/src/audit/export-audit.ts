import type { AuditEntry } from '@parley/contract/audit.ts'
import type { Queryable } from '#ports/database.ts'
import { entryOf } from './list-audit.ts'
import { selectPage } from './store-chain.ts'

const LINES_MAX = 2_000

/** Lines in the order they were written, oldest first; `since` inclusive, `until` exclusive. Reads page by page. */
export async function* exportAudit(
  db: Queryable,
  filter: { tenantId?: string | undefined; since?: Date | undefined; until?: Date | undefined },
): AsyncGenerator<AuditEntry> {
  const sinceMs = filter.since?.getTime() ?? -Infinity
  const untilMs = filter.until?.getTime() ?? Infinity
  let after = 0
  for (;;) {
    const rows = await selectPage(db, filter.tenantId, after, LINES_MAX)
    for (const row of rows) {
      const atMs = row.at.getTime()
      if (atMs >= sinceMs && atMs < untilMs) yield entryOf(row)
      after = row.id
    }
    if (rows.length < LINES_MAX) return
  }
}
