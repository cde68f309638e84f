import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { MessageRow } from './schema.ts'

export type PersonRow = {
  readonly connection_id: string
  readonly igsid: string
  readonly username: string | null
  readonly name: string | null
  readonly picture_url: string | null
  readonly first_seen_at: Date
}

export async function findTenantConversationIds(
  db: Queryable,
  tenantId: string,
  after: string,
  countMax: number,
): Promise<{ id: string }[]> {
  return await db.many<{ id: string }>(sql`
    select id from conversations
    where tenant_id = ${tenantId} and id > ${after}::uuid order by id limit ${countMax}`)
}

export async function findTenantMessages(
  db: Queryable,
  tenantId: string,
  after: string,
  countMax: number,
): Promise<MessageRow[]> {
  return await db.many<MessageRow>(sql`
    select * from messages
    where tenant_id = ${tenantId} and id > ${after}::uuid order by id limit ${countMax}`)
}

export async function findTenantPeople(
  db: Queryable,
  tenantId: string,
  after: { readonly connectionId: string; readonly igsid: string },
  countMax: number,
): Promise<PersonRow[]> {
  return await db.many<PersonRow>(sql`
    select connection_id, igsid, username, name, picture_url, first_seen_at from people
    where tenant_id = ${tenantId} and (connection_id, igsid) > (${after.connectionId}::uuid, ${after.igsid})
    order by connection_id, igsid limit ${countMax}`)
}
