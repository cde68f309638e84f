import type { Position } from '#http/cursor.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { ConversationRow } from './schema.ts'
import type { MessageRow } from './schema.ts'

/** A conversation with what a list shows beside it. */
export type ListedRow = ConversationRow & {
  readonly username: string | null
  readonly name: string | null
  readonly newest_id: string | null
  readonly newest_sealed: Buffer | null
  readonly newest_at: Date | null
  readonly newest_deleted: boolean | null
  readonly waiting: number
  readonly parked: string | null
  readonly parked_at: Date | null
}

export type ConversationFilter = {
  readonly tenants: readonly string[] | null
  readonly tenantId: string | undefined
  readonly connectionId: string | undefined
  readonly status: string | undefined
}

/** Newest first. What stands beside each row is looked up for the page's rows only. */
export async function findConversations(
  db: Queryable,
  filter: ConversationFilter & { readonly after: Position | undefined; readonly limit: number },
): Promise<ListedRow[]> {
  const { tenants, tenantId = null, connectionId = null, status = null, after, limit } = filter
  const afterAt = after?.at ?? null
  const afterId = after?.id ?? null
  return await db.many<ListedRow>(sql`
    with page as (
      select * from conversations
      where (${tenants}::text[] is null or tenant_id = any(${tenants}))
        and (${tenantId}::text is null or tenant_id = ${tenantId})
        and (${connectionId}::uuid is null or connection_id = ${connectionId}::uuid)
        and (${status}::text is null or mode = ${status})
        and last_message_at is not null
        and (${afterAt}::timestamptz is null or (date_trunc('milliseconds', last_message_at), id) < (${afterAt}::timestamptz, ${afterId}::uuid))
      order by last_message_at desc, id desc limit ${limit}
    )
    select c.*, p.username, p.name, m.id as newest_id, m.sealed as newest_sealed, m.at as newest_at,
      m.deleted_at is not null as newest_deleted, l.parked, l.parked_at,
      (select count(*) from waiting_lines w where w.conversation_id = c.id)::integer as waiting
    from page c
    left join people p using (tenant_id, connection_id, igsid)
    left join lanes l on l.conversation_id = c.id
    left join lateral (
      select id, sealed, at, deleted_at from messages
      where tenant_id = c.tenant_id and conversation_id = c.id order by at desc, seq desc limit 1) m on true
    order by c.last_message_at desc, c.id desc`)
}

export async function findListed(db: Queryable, id: string): Promise<ListedRow | undefined> {
  return await db.maybe<ListedRow>(sql`
    select c.*, p.username, p.name, m.id as newest_id, m.sealed as newest_sealed, m.at as newest_at,
      m.deleted_at is not null as newest_deleted, l.parked, l.parked_at,
      (select count(*) from waiting_lines w where w.conversation_id = c.id)::integer as waiting
    from conversations c
    left join people p using (tenant_id, connection_id, igsid)
    left join lanes l on l.conversation_id = c.id
    left join lateral (
      select id, sealed, at, deleted_at from messages
      where tenant_id = c.tenant_id and conversation_id = c.id order by at desc, seq desc limit 1) m on true
    where c.id = ${id}`)
}

type Thread = { readonly tenantId: string; readonly conversationId: string }

/** Oldest first; forerunners of lines that never came are not shown. */
export async function findMessages(
  db: Queryable,
  thread: Thread & {
    readonly after: { at: Date; seq: number } | undefined
    readonly limit: number
  },
): Promise<MessageRow[]> {
  const { tenantId, conversationId, after, limit } = thread
  return await db.many<MessageRow>(sql`
    select * from messages
    where tenant_id = ${tenantId} and conversation_id = ${conversationId} and kind <> 'edited_early'
      and (${after?.at ?? null}::timestamptz is null or (date_trunc('milliseconds', at), seq) > (${after?.at ?? null}::timestamptz, ${after?.seq ?? 0}))
    order by at, seq limit ${limit}`)
}

/** Newest first. */
export async function findNewestMessages(
  db: Queryable,
  thread: Thread & {
    readonly before: { at: Date; seq: number } | undefined
    readonly limit: number
  },
): Promise<MessageRow[]> {
  const { tenantId, conversationId, before, limit } = thread
  return await db.many<MessageRow>(sql`
    select * from messages
    where tenant_id = ${tenantId} and conversation_id = ${conversationId} and kind <> 'edited_early'
      and (${before?.at ?? null}::timestamptz is null or (date_trunc('milliseconds', at), seq) < (${before?.at ?? null}::timestamptz, ${before?.seq ?? 0}))
    order by at desc, seq desc limit ${limit}`)
}
