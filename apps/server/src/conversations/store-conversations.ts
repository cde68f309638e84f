import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { ConversationMode, ConversationRow } from './schema.ts'
import type { MidKey } from './store-messages.ts'

export type Whom = {
  readonly tenantId: string
  readonly connectionId: string
  readonly igsid: string
}

/** The conversations of these people and messages, locked in the order of their ids. */
export async function lockConversationsOf(
  db: Queryable,
  whom: readonly Whom[],
  mids: readonly MidKey[],
): Promise<{ id: string; connection_id: string; igsid: string }[]> {
  return await db.many(sql`
    select held.id, held.connection_id, held.igsid
    from (
      select w.tenant_id, c.id
      from unnest(${whom.map((one) => one.tenantId)}::text[], ${whom.map((one) => one.connectionId)}::uuid[], ${whom.map((one) => one.igsid)}::text[])
        as w (tenant_id, connection_id, igsid)
      cross join lateral (
        select id from conversations
        where tenant_id = w.tenant_id and connection_id = w.connection_id and igsid = w.igsid offset 0) c
      union
      select w.tenant_id, m.conversation_id
      from unnest(${mids.map((one) => one.tenantId)}::text[], ${mids.map((one) => one.connectionId)}::uuid[], ${mids.map((one) => one.mid)}::text[])
        as w (tenant_id, connection_id, mid)
      cross join lateral (
        select conversation_id from messages
        where tenant_id = w.tenant_id and connection_id = w.connection_id and mid = w.mid offset 0) m
      order by id) f
    cross join lateral (
      select id, connection_id, igsid from conversations where tenant_id = f.tenant_id and id = f.id for update) held`)
}

/** Makes conversations and people that do not exist yet; whoever was quicker wins. */
export async function insertConversations(
  db: Queryable,
  rows: readonly (Whom & { readonly id: string })[],
  at: Date,
): Promise<void> {
  await db.run(sql`
    with wanted as (
      select * from unnest(${rows.map((row) => row.tenantId)}::text[], ${rows.map((row) => row.id)}::uuid[],
        ${rows.map((row) => row.connectionId)}::uuid[], ${rows.map((row) => row.igsid)}::text[])
        as w (tenant_id, id, connection_id, igsid)
    ), person as (
      insert into people (tenant_id, connection_id, igsid, profile_due_at, first_seen_at)
      select tenant_id, connection_id, igsid, ${at}, ${at} from wanted
      order by tenant_id, connection_id, igsid
      on conflict do nothing
    )
    insert into conversations (tenant_id, id, connection_id, igsid, created_at)
    select tenant_id, id, connection_id, igsid, ${at} from wanted
    order by tenant_id, connection_id, igsid
    on conflict do nothing`)
}

/** One conversation, locked until the transaction ends. */
export async function lockConversation(
  db: Queryable,
  id: string,
): Promise<ConversationRow | undefined> {
  return await db.maybe<ConversationRow>(
    sql`select * from conversations where id = ${id} for update`,
  )
}

/** Whose hands a conversation is in. Every change stops what was about to be sent by the automation. */
export async function setMode(
  db: Queryable,
  id: string,
  mode: ConversationMode,
  reason: string | null,
  pausedUntil: Date | null,
): Promise<void> {
  await db.run(sql`
    update conversations
    set mode = ${mode}, mode_reason = ${reason}, paused_until = ${pausedUntil}, stop_epoch = stop_epoch + 1
    where id = ${id}`)
}

/** A pause of this kind lasts until then; others stay as they are. */
export async function prolongPause(
  db: Queryable,
  id: string,
  reason: string,
  until: Date,
): Promise<void> {
  await db.run(sql`
    update conversations set paused_until = ${until} where id = ${id} and mode = 'human' and mode_reason = ${reason}`)
}

/** Conversations whose pause is over, the longest first; `after` are the last one's. */
export async function findOverduePauses(
  db: Queryable,
  now: Date,
  after: OverduePause | undefined,
): Promise<OverduePause[]> {
  return await db.many<OverduePause>(sql`
    select id, paused_until from conversations
    where paused_until <= ${now} and mode = 'human'
      and (paused_until, id) > (${after?.paused_until ?? '-infinity'}::timestamptz, ${after?.id ?? NO_ID}::uuid)
    order by paused_until, id limit 200`)
}

/** Below every id. */
const NO_ID = '00000000-0000-0000-0000-000000000000'

export type OverduePause = { readonly id: string; readonly paused_until: Date }

/** The window counts from the newest act of the person. */
export async function raiseWindow(
  db: Queryable,
  whom: Whom,
  at: Date,
): Promise<string | undefined> {
  const row = await db.maybe<{ id: string }>(sql`
    update conversations set window_opened_at = greatest(window_opened_at, ${at})
    where tenant_id = ${whom.tenantId} and connection_id = ${whom.connectionId} and igsid = ${whom.igsid}
    returning id`)
  return row?.id
}
