import type { Queryable } from '#ports/database.ts'
import { selectRetentions } from './store-forget.ts'

const BATCH_MAX = 500

export type Retention = {
  readonly tenantId: string
  /** Null: for good. */
  readonly messagesDays: number | null
  readonly deliveriesDays: number | null
}

/** Every tenant that keeps something for a time only. */
export async function* listRetentions(db: Queryable): AsyncGenerator<Retention> {
  let after = ''
  for (;;) {
    const rows = await selectRetentions(db, after, BATCH_MAX)
    for (const row of rows) {
      yield {
        tenantId: row.id,
        messagesDays: row.retention_messages_days,
        deliveriesDays: row.retention_deliveries_days,
      }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < BATCH_MAX) return
    after = last.id
  }
}
