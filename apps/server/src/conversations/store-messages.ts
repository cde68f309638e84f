import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { PackedBytes } from '#ports/packed-bytes.ts'
import type { MessageRow } from './schema.ts'

/** One new line, in the form the insert takes: times in ms. */
export type NewLine = {
  readonly tenant: string
  readonly id: string
  readonly connection: string
  readonly conversation: string
  readonly mid: string
  readonly direction: 'inbound' | 'outbound'
  readonly author: string
  readonly kind: string
  readonly at: number
  readonly sealed: Buffer
}

/** A line that was new. */
export type MadeLine = {
  readonly tenant_id: string
  readonly id: string
  readonly seq: number
  readonly connection_id: string
  readonly mid: string
  /** What its edit left, when that came first. */
  readonly early: Buffer | null
}

/**
 * Inserts lines, each once per (tenant, connection, mid). A line whose edit came first takes over the row the edit
 * left. What a new line means for its conversation is written by `noteLines`.
 *
 * @returns the lines that were new.
 */
export async function insertLines(db: Queryable, lines: readonly NewLine[]): Promise<MadeLine[]> {
  const packed = new PackedBytes()
  const rows = lines.map(({ sealed, ...line }) => ({ ...line, ...packed.add(sealed) }))
  return await db.many<MadeLine>(sql`
    insert into messages (tenant_id, id, connection_id, conversation_id, mid, direction, author, kind, status, at, sealed)
    select tenant, id, connection, conversation, mid, direction, author, kind,
      case direction when 'inbound' then 'received' else 'sent' end,
      to_timestamp(at / 1000), substr(${packed.bytes()}::bytea, start, size)
    from json_to_recordset(${JSON.stringify(rows)}::json) as l (
      tenant text, id uuid, connection uuid, conversation uuid, mid text, direction text, author text,
      kind text, at double precision, start integer, size integer)
    on conflict (tenant_id, connection_id, mid) where mid is not null
      do update set kind = excluded.kind, at = excluded.at,
        direction = excluded.direction, author = excluded.author, status = excluded.status
        where messages.kind = 'edited_early'
    returning tenant_id, id, seq, connection_id, mid, case when num_edit > 0 then sealed end as early`)
}

export type MidKey = {
  readonly tenantId: string
  readonly connectionId: string
  readonly mid: string
}

/** Which of these mids are known already. */
export async function findMids(
  db: Queryable,
  keys: readonly MidKey[],
): Promise<{ connection_id: string; mid: string; conversation_id: string }[]> {
  return await db.many(sql`
    select m.connection_id, m.mid, m.conversation_id
    from unnest(${keys.map((key) => key.tenantId)}::text[], ${keys.map((key) => key.connectionId)}::uuid[], ${keys.map((key) => key.mid)}::text[])
      as w (tenant_id, connection_id, mid)
    join messages m on m.tenant_id = w.tenant_id and m.connection_id = w.connection_id and m.mid = w.mid`)
}

/** The message of this mid with its conversation locked first: everything about a line changes under that lock. */
export async function lockMessage(db: Queryable, key: MidKey): Promise<MessageRow | undefined> {
  const found = await db.maybe<{ conversation_id: string }>(sql`
    select conversation_id from messages
    where tenant_id = ${key.tenantId} and connection_id = ${key.connectionId} and mid = ${key.mid}`)
  if (found === undefined) return undefined
  await db.run(sql`
    select 1 from conversations where tenant_id = ${key.tenantId} and id = ${found.conversation_id} for update`)
  return await db.maybe<MessageRow>(sql`
    select * from messages
    where tenant_id = ${key.tenantId} and connection_id = ${key.connectionId} and mid = ${key.mid}`)
}

export async function replaceContent(
  db: Queryable,
  message: Pick<MessageRow, 'tenant_id' | 'id'>,
  sealed: Buffer,
): Promise<void> {
  await db.run(sql`
    update messages set sealed = ${sealed} where tenant_id = ${message.tenant_id} and id = ${message.id}`)
}

export async function markEdited(
  db: Queryable,
  message: Pick<MessageRow, 'tenant_id' | 'id'>,
  edit: { readonly sealed: Buffer; readonly numEdit: number; readonly at: Date },
): Promise<void> {
  await db.run(sql`
    update messages set sealed = ${edit.sealed}, num_edit = ${edit.numEdit}, edited_at = ${edit.at}
    where tenant_id = ${message.tenant_id} and id = ${message.id}`)
}

/** Everything the account sent up to that line has been read. Returns the conversation when something changed. */
export async function markSeen(db: Queryable, key: MidKey, at: Date): Promise<string | undefined> {
  const rows = await db.many<{ conversation_id: string }>(sql`
    with mark as (
      select conversation_id, at, seq from messages
      where tenant_id = ${key.tenantId} and connection_id = ${key.connectionId} and mid = ${key.mid}
    )
    update messages m set seen_at = ${at} from mark
    where m.tenant_id = ${key.tenantId} and m.conversation_id = mark.conversation_id
      and (m.at, m.seq) <= (mark.at, mark.seq) and m.at > mark.at - interval '7 days'
      and m.direction = 'outbound' and m.status = 'sent' and m.seen_at is null
    returning m.conversation_id`)
  return rows[0]?.conversation_id
}

/** Erases what a line said; the row stays as a tombstone. Returns whether it still waited for an answer. */
export async function eraseMessage(
  db: Queryable,
  message: Pick<MessageRow, 'tenant_id' | 'id' | 'conversation_id'>,
  at: Date,
): Promise<boolean> {
  await db.run(sql`
    update messages set sealed = null, deleted_at = coalesce(deleted_at, ${at})
    where tenant_id = ${message.tenant_id} and id = ${message.id}`)
  const gone = await db.run(sql`
    delete from waiting_lines where conversation_id = ${message.conversation_id} and message_id = ${message.id}`)
  return gone > 0
}

/** A line whose answer is decided, but has not all left. */
export async function isBeingAnswered(
  db: Queryable,
  message: Pick<MessageRow, 'tenant_id' | 'id' | 'conversation_id'>,
): Promise<boolean> {
  const row = await db.maybe(sql`
    select 1 from outbound_parts p
    join turns t on t.tenant_id = p.tenant_id and t.id = p.turn_id
    where p.conversation_id = ${message.conversation_id} and ${message.id}::uuid = any(t.lines) limit 1`)
  return row !== undefined
}

/**
 * A line changed that no answer has left for yet: whatever is being decided or waits to go out would not fit it.
 * Returns whether that is so.
 */
export async function overtakeAnswer(
  db: Queryable,
  message: Pick<MessageRow, 'tenant_id' | 'id' | 'conversation_id'>,
): Promise<boolean> {
  const bumped = await db.run(sql`
    update conversations set line_epoch = line_epoch + 1
    where tenant_id = ${message.tenant_id} and id = ${message.conversation_id} and (
      exists (
        select 1 from waiting_lines where conversation_id = ${message.conversation_id} and message_id = ${message.id})
      or exists (
        select 1 from outbound_parts p
        join turns t on t.tenant_id = p.tenant_id and t.id = p.turn_id
        join messages m on m.tenant_id = p.tenant_id and m.id = p.message_id
        where p.conversation_id = ${message.conversation_id} and p.is_first and m.status = 'queued'
          and ${message.id}::uuid = any(t.lines)))`)
  return bumped > 0
}

/** A row for a line whose unsend or edit arrived before the line itself. */
export async function insertForerunner(
  db: Queryable,
  row: {
    readonly tenantId: string
    readonly id: string
    readonly connectionId: string
    readonly conversationId: string
    readonly mid: string
    readonly kind: 'unsent' | 'edited_early'
    /** Written by somebody of the business. */
    readonly isEcho: boolean
    readonly sealed: Buffer | null
    readonly numEdit: number
    readonly at: Date
  },
): Promise<void> {
  await db.run(sql`
    insert into messages (tenant_id, id, connection_id, conversation_id, mid, direction, author, kind, status, at, sealed, num_edit, edited_at, deleted_at)
    values (${row.tenantId}, ${row.id}, ${row.connectionId}, ${row.conversationId}, ${row.mid},
      ${row.isEcho ? 'outbound' : 'inbound'}, ${row.isEcho ? 'instagram_app' : 'person'}, ${row.kind}, ${row.isEcho ? 'sent' : 'received'},
      ${row.at}, ${row.sealed}, ${row.numEdit}, ${row.kind === 'edited_early' ? row.at : null}::timestamptz, ${row.kind === 'unsent' ? row.at : null}::timestamptz)
    on conflict do nothing`)
}
