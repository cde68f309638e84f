import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { StoredDelivery } from './store.ts'

/** What the event of a companion says whose message never came: it is to be read. An index knows this text. */
export const MISSING = 'its message is missing'

/** The `n`th event of a delivery, whose message never came. */
export type MissingLine = StoredDelivery & { readonly n: number }

/** Oldest first. */
export async function findMissing(db: Queryable, countMax: number): Promise<MissingLine[]> {
  return await db.many<MissingLine>(sql`
    select d.id, d.part, d.tenant_id, d.received_at, d.sealed, d.attempts, e.n
    from (
      select delivery_id, part, n from delivery_events
      where kind = 'edit_companion' and detail = 'its message is missing'
      order by delivery_id, part, n limit ${countMax}) e
    cross join lateral (
      select * from deliveries where id = e.delivery_id and part = e.part and sealed is not null offset 0) d`)
}

/** Holds the event until the transaction ends. False when it says something else by now, or is gone. */
export async function lockMissing(db: Queryable, missing: MissingLine): Promise<boolean> {
  const row = await db.maybe(sql`
    select 1 from delivery_events
    where delivery_id = ${missing.id} and part = ${missing.part} and n = ${missing.n} and detail = ${MISSING}
    for update`)
  return row !== undefined
}

/** What came of looking for it. */
export async function recordFound(
  db: Queryable,
  missing: MissingLine,
  found: {
    readonly outcome: 'stored' | 'duplicate' | 'ignored'
    readonly conversationId: string | null
    readonly detail: string
  },
): Promise<void> {
  await db.run(sql`
    update delivery_events
    set outcome = ${found.outcome}, conversation_id = ${found.conversationId}, detail = ${found.detail}
    where delivery_id = ${missing.id} and part = ${missing.part} and n = ${missing.n}`)
}
