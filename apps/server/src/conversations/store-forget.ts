import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { ForgetScope } from '#tenants/forget-scope.ts'

/* Walks along a table's key, so that a batch costs the same wherever it begins and whatever lies between. */

type Walk = ForgetScope & { readonly after: string; readonly countMax: number }
type Walked = { readonly deleted: number; readonly seen: number; readonly last: string | null }

export async function deleteMessages(db: Queryable, walk: Walk): Promise<Walked> {
  return await db.one<Walked>(sql`
    with walked as (
      select id, connection_id from messages
      where tenant_id = ${walk.tenantId} and id > ${walk.after}::uuid order by id limit ${walk.countMax}
    ), gone as (
      delete from messages m using walked w
      where m.tenant_id = ${walk.tenantId} and m.id = w.id
        and (${walk.connectionId}::uuid is null or w.connection_id = ${walk.connectionId}::uuid)
      returning 1)
    select (select count(*) from gone)::integer as deleted, (select count(*) from walked)::integer as seen,
      (select id from walked order by id desc limit 1) as last`)
}

export async function deleteConversations(db: Queryable, walk: Walk): Promise<Walked> {
  return await db.one<Walked>(sql`
    with walked as (
      select id, connection_id from conversations
      where tenant_id = ${walk.tenantId} and id > ${walk.after}::uuid order by id limit ${walk.countMax}
    ), gone as (
      delete from conversations c using walked w
      where c.tenant_id = ${walk.tenantId} and c.id = w.id
        and (${walk.connectionId}::uuid is null or w.connection_id = ${walk.connectionId}::uuid)
      returning 1)
    select (select count(*) from gone)::integer as deleted, (select count(*) from walked)::integer as seen,
      (select id from walked order by id desc limit 1) as last`)
}

export async function deletePeople(
  db: Queryable,
  scope: ForgetScope,
  countMax: number,
): Promise<number> {
  return await db.run(sql`
    delete from people where (tenant_id, connection_id, igsid) in (
      select tenant_id, connection_id, igsid from people
      where tenant_id = ${scope.tenantId}
        and (${scope.connectionId}::uuid is null or connection_id = ${scope.connectionId}::uuid)
      limit ${countMax})`)
}

/** Which of these ids are messages or conversations in the scope. */
export async function findOwnIds(
  db: Queryable,
  scope: ForgetScope,
  ids: readonly string[],
): Promise<{ id: string }[]> {
  return await db.many<{ id: string }>(sql`
    select m.id from messages m
    where m.tenant_id = ${scope.tenantId} and m.id = any(${[...ids]}::uuid[])
      and (${scope.connectionId}::uuid is null or m.connection_id = ${scope.connectionId}::uuid)
      and (${scope.conversationId}::uuid is null or m.conversation_id = ${scope.conversationId}::uuid)
    union all
    select c.id from conversations c
    where c.tenant_id = ${scope.tenantId} and c.id = any(${[...ids]}::uuid[])
      and (${scope.connectionId}::uuid is null or c.connection_id = ${scope.connectionId}::uuid)
      and (${scope.conversationId}::uuid is null or c.id = ${scope.conversationId}::uuid)`)
}

/** What was said in one conversation goes; the rows stay, so that late copies find their place taken. */
export async function eraseThread(
  db: Queryable,
  conversation: { readonly tenant_id: string; readonly id: string },
  at: Date,
): Promise<number> {
  await db.run(sql`delete from waiting_lines where conversation_id = ${conversation.id}`)
  await db.run(sql`
    update conversations set sealed_flow_state = null, line_epoch = line_epoch + 1, stop_epoch = stop_epoch + 1
    where tenant_id = ${conversation.tenant_id} and id = ${conversation.id}`)
  return await db.run(sql`
    update messages set sealed = null, deleted_at = coalesce(deleted_at, ${at}),
      kind = case kind when 'edited_early' then 'unsent' else kind end
    where tenant_id = ${conversation.tenant_id} and conversation_id = ${conversation.id}
      and (sealed is not null or deleted_at is null)`)
}

/**
 * Lines from before a moment that were worked after it, and what the automation answered to nothing newer. Queued
 * answers to them are the caller's.
 */
export async function eraseLateLines(
  db: Queryable,
  conversation: { readonly tenant_id: string; readonly id: string },
  until: Date,
): Promise<number> {
  const erased = await db.run(sql`
    update messages m set sealed = null, deleted_at = coalesce(deleted_at, ${until}),
      kind = case kind when 'edited_early' then 'unsent' else kind end
    where m.tenant_id = ${conversation.tenant_id} and m.conversation_id = ${conversation.id}
      and (m.sealed is not null or m.deleted_at is null)
      and (m.at <= ${until} or (m.direction = 'outbound' and m.turn_id is not null and not exists (
        select 1 from messages n
        where n.conversation_id = m.conversation_id and n.direction = 'inbound' and n.at > ${until} and n.at <= m.at)))`)
  if (erased === 0) return 0
  await db.run(sql`
    delete from waiting_lines where conversation_id = ${conversation.id} and at <= ${until}`)
  await db.run(sql`
    update conversations set sealed_flow_state = null, line_epoch = line_epoch + 1, stop_epoch = stop_epoch + 1
    where tenant_id = ${conversation.tenant_id} and id = ${conversation.id}`)
  return erased
}

/** The person keeps the id Meta knows them by, and nothing else; their profile is not asked for again. */
export async function eraseProfile(
  db: Queryable,
  person: { readonly tenant_id: string; readonly connection_id: string; readonly igsid: string },
): Promise<void> {
  await db.run(sql`
    update people set username = null, name = null, picture_url = null, profile_due_at = null
    where tenant_id = ${person.tenant_id} and connection_id = ${person.connection_id} and igsid = ${person.igsid}`)
}

/**
 * Messages older than a moment, of one batch of conversations, a bounded number per conversation. What is under way
 * stays. Nobody answers a line any more that nobody can read.
 */
export async function deleteOldMessages(
  db: Queryable,
  walk: { readonly tenantId: string; readonly after: string; readonly before: Date },
  max: { readonly conversations: number; readonly messages: number },
): Promise<Walked & { readonly isCut: boolean }> {
  return await db.one(sql`
    with walked as (
      select id from conversations
      where tenant_id = ${walk.tenantId} and id > ${walk.after}::uuid order by id limit ${max.conversations}
    ), old as (
      select m.id, w.id as conversation_id from walked w
      cross join lateral (
        select id from messages
        where conversation_id = w.id and at < ${walk.before}::timestamptz
          and status not in ('queued', 'sending', 'unknown')
        order by at limit ${max.messages}) m
    ), unanswered as (
      delete from waiting_lines l using old o where l.conversation_id = o.conversation_id and l.message_id = o.id
    ), idle as (
      update conversations c set sealed_flow_state = null from walked w
      where c.tenant_id = ${walk.tenantId} and c.id = w.id and c.last_message_at < ${walk.before}::timestamptz
        and c.sealed_flow_state is not null
    ), gone as (
      delete from messages m using old o where m.tenant_id = ${walk.tenantId} and m.id = o.id returning o.conversation_id
    )
    select (select count(*) from gone)::integer as deleted, (select count(*) from walked)::integer as seen,
      (select id from walked order by id desc limit 1) as last,
      exists (select 1 from gone group by conversation_id having count(*) >= ${max.messages}) as "isCut"`)
}

export async function findIgsid(
  db: Queryable,
  tenantId: string,
  conversationId: string,
): Promise<{ igsid: string } | undefined> {
  return await db.maybe<{ igsid: string }>(
    sql`select igsid from conversations where tenant_id = ${tenantId} and id = ${conversationId}`,
  )
}

/** Until the transaction ends: which messages say nothing any more. They may be many, so the database keeps them. */
export async function noteErased(db: Queryable): Promise<void> {
  await db.run(sql`
    create temporary table erased_messages on commit drop as
    select tenant_id, id, deleted_at from messages where deleted_at is not null`)
}

/** @returns the conversations of those that said something, and how many these were. */
export async function eraseNoted(
  db: Queryable,
): Promise<{ tenant_id: string; id: string; erased: number }[]> {
  return await db.many(sql`
    with gone as (
      update messages m set sealed = null, deleted_at = e.deleted_at from erased_messages e
      where m.tenant_id = e.tenant_id and m.id = e.id and m.deleted_at is null
      returning m.tenant_id, m.id, m.conversation_id
    ), waited as (
      delete from waiting_lines w using gone g
      where w.conversation_id = g.conversation_id and w.message_id = g.id
    )
    update conversations c set sealed_flow_state = null, line_epoch = line_epoch + 1, stop_epoch = stop_epoch + 1
    from (select tenant_id, conversation_id, count(*) as erased from gone group by 1, 2) g
    where c.tenant_id = g.tenant_id and c.id = g.conversation_id
    returning c.tenant_id, c.id, g.erased`)
}
