import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type TenantAnswer = {
  readonly caller: string
  readonly key: string
  readonly created_at: Date
  readonly sealed_answer: Buffer | null
}

/** Kept answers of a tenant after a key. */
export async function findTenantAnswers(
  db: Queryable,
  tenantId: string,
  after: { readonly caller: string; readonly key: string },
  countMax: number,
): Promise<TenantAnswer[]> {
  return await db.many<TenantAnswer>(sql`
    select caller, key, created_at, sealed_answer from idempotent_answers
    where tenant_id = ${tenantId} and (caller, key) > (${after.caller}, ${after.key})
    order by caller, key limit ${countMax}`)
}

export async function deleteTenantAnswers(db: Queryable, tenantId: string): Promise<number> {
  return await db.run(sql`delete from idempotent_answers where tenant_id = ${tenantId}`)
}

/** Keys, memberships and sign-in links bound to a tenant. */
export async function deleteTenantAccess(db: Queryable, tenantId: string): Promise<number> {
  const keys = await db.run(sql`delete from api_keys where tenant_id = ${tenantId}`)
  const members = await db.run(sql`delete from memberships where tenant_id = ${tenantId}`)
  const links = await db.run(sql`delete from sign_in_links where tenant_id = ${tenantId}`)
  return keys + members + links
}
