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

/** Before the first of a list that begins with the newest. */
const NEWEST = { at: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' } as const

/** Newest first. What stands beside each row is looked up for the page's rows only. */
export async function findConversations(
  db: Queryable,
  filter: ConversationFilter & { readonly after: Position | undefined; readonly limit: number },
): Promise<ListedRow[]> {
  const page = await findPage(db, filter)
  return page.length === 0
    ? []
    : await findRows(
        db,
        page.map((row) => row.id),
      )
}

/** One statement per way of asking, each along an index: what it costs does not grow with the inbox. */
async function findPage(
  db: Queryable,
  filter: ConversationFilter & { readonly after: Position | undefined; readonly limit: number },
): Promise<{ id: string }[]> {
  const { connectionId, status = null, limit } = filter
  const { at, id } = filter.after ?? NEWEST
  const tenants = tenantsOf(filter)
  if (connectionId !== undefined) {
    return await db.many(sql`
      select id from conversations
      where connection_id = ${connectionId} and (${tenants}::text[] is null or tenant_id = any(${tenants}))
        and (${status}::text is null or mode = ${status})
        and (last_message_at, id) < (${at}::timestamptz, ${id}::uuid)
      order by last_message_at desc, id desc limit ${limit}`)
  }
  if (tenants === null) {
    return await db.many(sql`
      select id from conversations
      where (${status}::text is null or mode = ${status})
        and (last_message_at, id) < (${at}::timestamptz, ${id}::uuid)
      order by last_message_at desc, id desc limit ${limit}`)
  }
  return await db.many(sql`
    select c.id from unnest(${tenants}::text[]) as t (id)
    cross join lateral (
      select id, last_message_at from conversations
      where tenant_id = t.id and (${status}::text is null or mode = ${status})
        and (last_message_at, id) < (${at}::timestamptz, ${id}::uuid)
      order by last_message_at desc, id desc limit ${limit}) c
    order by c.last_message_at desc, c.id desc limit ${limit}`)
}

/** Whose conversations are asked for and may be seen; null: everybody's. */
function tenantsOf({ tenants, tenantId }: ConversationFilter): readonly string[] | null {
  if (tenantId === undefined) return tenants === null ? null : [...new Set(tenants)]
  return tenants === null || tenants.includes(tenantId) ? [tenantId] : []
}

export async function findListed(db: Queryable, id: string): Promise<ListedRow | undefined> {
  return (await findRows(db, [id]))[0]
}

/** In the order of the ids. */
async function findRows(db: Queryable, ids: readonly string[]): Promise<ListedRow[]> {
  return await db.many<ListedRow>(sql`
    select c.*, p.username, p.name, m.id as newest_id, m.sealed as newest_sealed, m.at as newest_at,
      m.deleted_at is not null as newest_deleted, l.parked, l.parked_at,
      (select count(*) from waiting_lines w where w.conversation_id = c.id)::integer as waiting
    from unnest(${ids}::uuid[]) with ordinality as wanted (id, n)
    cross join lateral (select * from conversations where id = wanted.id offset 0) c
    left join people p on p.tenant_id = c.tenant_id and p.connection_id = c.connection_id and p.igsid = c.igsid
    left join lanes l on l.conversation_id = c.id
    left join lateral (
      select id, sealed, at, deleted_at from messages
      where tenant_id = c.tenant_id and conversation_id = c.id and kind <> 'edited_early'
      order by at desc, seq desc limit 1) m on true
    order by wanted.n`)
}

type Thread = { readonly tenantId: string; readonly conversationId: string }

/**
 * Oldest first; forerunners of lines that never came are not shown. Times are written in whole milliseconds, so a
 * cursor's are exact.
 */
export async function findMessages(
  db: Queryable,
  thread: Thread & {
    readonly after: { at: Date; seq: number } | undefined
    readonly limit: number
  },
): Promise<MessageRow[]> {
  const { tenantId, conversationId, limit } = thread
  const { at, seq } = thread.after ?? { at: '-infinity', seq: 0 }
  return await db.many<MessageRow>(sql`
    select * from messages
    where tenant_id = ${tenantId} and conversation_id = ${conversationId} and kind <> 'edited_early'
      and (at, seq) > (${at}::timestamptz, ${seq}::bigint)
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
  const { tenantId, conversationId, limit } = thread
  const { at, seq } = thread.before ?? { at: 'infinity', seq: 0 }
  return await db.many<MessageRow>(sql`
    select * from messages
    where tenant_id = ${tenantId} and conversation_id = ${conversationId} and kind <> 'edited_early'
      and (at, seq) < (${at}::timestamptz, ${seq}::bigint)
    order by at desc, seq desc limit ${limit}`)
}
