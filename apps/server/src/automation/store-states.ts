import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** Where the flow of a conversation stands (`turn_id` null), and stood before each of its turns. */
export async function findStates(
  db: Queryable,
  conversationId: string,
): Promise<{ turn_id: string | null; sealed: Buffer }[]> {
  return await db.many(sql`
    select null::uuid as turn_id, sealed_flow_state as sealed from conversations
    where id = ${conversationId} and sealed_flow_state is not null
    union all
    select t.id, t.sealed_flow_before from (
      select distinct m.tenant_id, m.turn_id from conversations c
      join messages m on m.tenant_id = c.tenant_id and m.conversation_id = c.id
      where c.id = ${conversationId} and m.turn_id is not null) said
    join turns t on t.tenant_id = said.tenant_id and t.id = said.turn_id
    where t.sealed_flow_before is not null`)
}

export async function replaceState(
  db: Queryable,
  conversationId: string,
  sealed: Buffer,
): Promise<void> {
  await db.run(
    sql`update conversations set sealed_flow_state = ${sealed} where id = ${conversationId}`,
  )
}

export async function replaceStateBefore(
  db: Queryable,
  turn: { readonly tenantId: string; readonly turnId: string },
  sealed: Buffer,
): Promise<void> {
  await db.run(sql`
    update turns set sealed_flow_before = ${sealed} where tenant_id = ${turn.tenantId} and id = ${turn.turnId}`)
}
