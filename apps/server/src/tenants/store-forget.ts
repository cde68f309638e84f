import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** False when there is no such tenant, or its erasure was asked for before. */
export async function markErasing(db: Queryable, tenantId: string, at: Date): Promise<boolean> {
  const count = await db.run(sql`
    update tenants set erasing_at = ${at} where id = ${tenantId} and erasing_at is null`)
  return count === 1
}

export async function lockTenant(db: Queryable, tenantId: string): Promise<void> {
  await db.run(sql`select 1 from tenants where id = ${tenantId} for update`)
}

export async function deleteTenant(db: Queryable, tenantId: string): Promise<number> {
  return await db.run(sql`delete from tenants where id = ${tenantId} and erasing_at is not null`)
}

export type RetentionRow = {
  readonly id: string
  readonly retention_messages_days: number | null
  readonly retention_deliveries_days: number | null
}

/** Tenants that keep something for a time only, in the order of their ids. */
export async function selectRetentions(
  db: Queryable,
  after: string,
  countMax: number,
): Promise<RetentionRow[]> {
  return await db.many<RetentionRow>(sql`
    select id, retention_messages_days, retention_deliveries_days from tenants
    where id > ${after} and (retention_messages_days is not null or retention_deliveries_days is not null)
    order by id limit ${countMax}`)
}
