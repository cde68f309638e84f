import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { firstIdAt } from '#tenants/forget-scope.ts'
import type { ForgetScope } from '#tenants/forget-scope.ts'

type Walk = ForgetScope & { readonly after: string; readonly countMax: number }
type Walked = { readonly deleted: number; readonly seen: number; readonly last: string | null }

/** What waits to be answered or sent in one batch of conversations, and their lanes. */
export async function deleteWork(db: Queryable, walk: Walk): Promise<Walked> {
  return await db.one<Walked>(sql`
    with walked as (
      select id, connection_id from conversations
      where tenant_id = ${walk.tenantId} and id > ${walk.after}::uuid order by id limit ${walk.countMax}
    ), own as (
      select id from walked where ${walk.connectionId}::uuid is null or connection_id = ${walk.connectionId}::uuid
    ), lines as (
      delete from waiting_lines w using own where w.conversation_id = own.id returning 1
    ), parts as (
      delete from outbound_parts p using own where p.conversation_id = own.id returning 1
    ), gone as (
      delete from lanes l using own where l.conversation_id = own.id returning 1)
    select (select count(*) from lines)::integer + (select count(*) from parts)::integer
        + (select count(*) from gone)::integer as deleted,
      (select count(*) from walked)::integer as seen, (select id from walked order by id desc limit 1) as last`)
}

export async function deleteTurns(db: Queryable, walk: Walk): Promise<Walked> {
  return await db.one<Walked>(sql`
    with walked as (
      select id, conversation_id from turns
      where tenant_id = ${walk.tenantId} and id > ${walk.after}::uuid order by id limit ${walk.countMax}
    ), gone as (
      delete from turns t using walked w
      where t.tenant_id = ${walk.tenantId} and t.id = w.id
        and (${walk.connectionId}::uuid is null or exists (
          select 1 from conversations c
          where c.tenant_id = ${walk.tenantId} and c.id = w.conversation_id
            and c.connection_id = ${walk.connectionId}::uuid))
      returning 1)
    select (select count(*) from gone)::integer as deleted, (select count(*) from walked)::integer as seen,
      (select id from walked order by id desc limit 1) as last`)
}

/** @param connectionId null: of every connection of the tenant. */
export async function deleteBudgets(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<number> {
  return await db.run(sql`
    delete from send_budgets where connection_id in (
      select id from connections
      where tenant_id = ${tenantId} and (${connectionId}::uuid is null or id = ${connectionId}::uuid))`)
}

/** Messages of one conversation that did not begin to leave, whoever wrote them. */
export async function dropQueued(
  db: Queryable,
  conversation: { readonly tenant_id: string; readonly id: string },
  code: string,
): Promise<number> {
  return await db.run(sql`
    with stopped as (
      update messages m set status = 'dropped', error_code = ${code}
      from outbound_parts p
      where p.conversation_id = ${conversation.id} and m.tenant_id = ${conversation.tenant_id}
        and m.id = p.message_id and m.status = 'queued'
      returning m.id)
    delete from outbound_parts p using stopped
    where p.conversation_id = ${conversation.id} and p.message_id = stopped.id`)
}

/** Where the flow stood before each answer of one conversation: fields the person filled. */
export async function eraseTurnStates(
  db: Queryable,
  conversation: { readonly tenant_id: string; readonly id: string },
): Promise<number> {
  return await db.run(sql`
    update turns t set sealed_flow_before = null
    from (
      select distinct turn_id from messages
      where tenant_id = ${conversation.tenant_id} and conversation_id = ${conversation.id} and turn_id is not null) said
    where t.tenant_id = ${conversation.tenant_id} and t.id = said.turn_id and t.sealed_flow_before is not null`)
}

/** Decided before a moment, and nothing of it is under way. */
export async function deleteOldTurns(
  db: Queryable,
  walk: { readonly tenantId: string; readonly after: string; readonly before: Date },
  countMax: number,
): Promise<Walked> {
  return await db.one<Walked>(sql`
    with walked as (
      select id from turns
      where tenant_id = ${walk.tenantId} and id > ${walk.after}::uuid and id < ${firstIdAt(walk.before)}::uuid
        and decided_at < ${walk.before}::timestamptz
      order by id limit ${countMax}
    ), gone as (
      delete from turns t using walked w
      where t.tenant_id = ${walk.tenantId} and t.id = w.id
        and not exists (select 1 from outbound_parts p where p.conversation_id = t.conversation_id and p.turn_id = t.id)
      returning 1)
    select (select count(*) from gone)::integer as deleted, (select count(*) from walked)::integer as seen,
      (select id from walked order by id desc limit 1) as last`)
}
