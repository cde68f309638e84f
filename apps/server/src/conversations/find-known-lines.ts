import type { Queryable } from '#ports/database.ts'
import type { ConnectionKey } from './schema.ts'
import { findMids } from './store-messages.ts'

type Line = ConnectionKey & { readonly mid: string }

/** The conversation of each line that is stored already, in the order asked; undefined for the others. */
export async function findKnownLines(
  db: Queryable,
  lines: readonly Line[],
): Promise<(string | undefined)[]> {
  if (lines.length === 0) return []
  const rows = await findMids(db, lines)
  const byKey = new Map(rows.map((row) => [`${row.connection_id} ${row.mid}`, row.conversation_id]))
  return lines.map((line) => byKey.get(`${line.connectionId} ${line.mid}`))
}
