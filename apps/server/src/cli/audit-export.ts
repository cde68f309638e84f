import { exportAudit } from '#audit/export-audit.ts'
import { withDatabase } from './with-database.ts'
import type { Config } from '#config.ts'

const LINES_AT_ONCE = 500

/** The audit log as JSON Lines, oldest first. `write` is waited for: a slow reader holds back the database. */
export async function runAuditExport(
  config: Config,
  filter: Parameters<typeof exportAudit>[1],
  write: (text: string) => Promise<void>,
): Promise<void> {
  await withDatabase(config, async (db) => {
    let lines: string[] = []
    for await (const entry of exportAudit(db, filter)) {
      lines.push(`${JSON.stringify(entry)}\n`)
      if (lines.length < LINES_AT_ONCE) continue
      await write(lines.join(''))
      lines = []
    }
    if (lines.length > 0) await write(lines.join(''))
  })
}
