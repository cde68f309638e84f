import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { ConnectionKey } from './schema.ts'

/** Work for one conversation: its lane is ready now. Call it in the transaction that made the work. */
export async function wakeLane(
  db: Queryable,
  lane: {
    readonly tenantId: string
    readonly connectionId: string
    readonly conversationId: string
  },
): Promise<void> {
  await db.run(sql`
    insert into lanes (conversation_id, tenant_id, connection_id, wanted, ready_at)
    values (${lane.conversationId}, ${lane.tenantId}, ${lane.connectionId}, 1, clock_timestamp())
    on conflict (conversation_id) do update set wanted = lanes.wanted + 1, ready_at = clock_timestamp()`)
}

/** The lanes of these conversations, locked in one order. */
export async function lockLanes(db: Queryable, conversationIds: readonly string[]): Promise<void> {
  await db.run(sql`
    select 1 from lanes where conversation_id = any(${conversationIds}::uuid[]) order by conversation_id for update`)
}

export async function isParked(db: Queryable, conversationId: string): Promise<boolean> {
  const parked = await db.maybe(
    sql`select 1 from lanes where conversation_id = ${conversationId} and parked is not null`,
  )
  return parked !== undefined
}

/** Lets a parked lane run again. */
export async function unparkLane(db: Queryable, conversationId: string): Promise<void> {
  await db.run(sql`
    update lanes set parked = null, parked_at = null, failures = 0, wanted = wanted + 1, ready_at = clock_timestamp()
    where conversation_id = ${conversationId} and parked is not null`)
}

/** Nobody is to answer the waiting lines of a conversation any more. */
export async function forgetWaiting(db: Queryable, conversationId: string): Promise<void> {
  await db.run(sql`delete from waiting_lines where conversation_id = ${conversationId}`)
}

/** The same for every conversation of a connection. */
export async function forgetWaitingOf(db: Queryable, connection: ConnectionKey): Promise<void> {
  await db.run(sql`
    delete from waiting_lines where conversation_id in (
      select id from conversations where tenant_id = ${connection.tenantId} and connection_id = ${connection.connectionId})`)
}
