import type { Automation } from '@parley/contract/automation.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type AutomationKey = { readonly tenantId: string; readonly connectionId: string }

export async function findAutomation(
  db: Queryable,
  key: AutomationKey,
): Promise<Automation | undefined> {
  const row = await db.maybe<{ body: Automation }>(sql`
    select body from automations where tenant_id = ${key.tenantId} and connection_id = ${key.connectionId}`)
  return row?.body
}

export async function upsertAutomation(
  db: Queryable,
  key: AutomationKey,
  automation: Automation,
  at: Date,
): Promise<void> {
  await db.run(sql`
    insert into automations (tenant_id, connection_id, body, updated_at)
    values (${key.tenantId}, ${key.connectionId}, ${JSON.stringify(automation)}::jsonb, ${at})
    on conflict (tenant_id, connection_id) do update set body = excluded.body, updated_at = excluded.updated_at`)
}

/** The tenant's default, unless the connection has an automation already. */
export async function insertDefaultAutomation(
  db: Queryable,
  key: AutomationKey,
  at: Date,
): Promise<void> {
  await db.run(sql`
    insert into automations (tenant_id, connection_id, body, updated_at)
    select t.id, ${key.connectionId}::uuid, t.default_automation, ${at} from tenants t
    where t.id = ${key.tenantId} and t.default_automation is not null
    on conflict do nothing`)
}

/** @param connectionId null: of every connection. */
export async function deleteAutomations(
  db: Queryable,
  tenantId: string,
  connectionId: string | null,
): Promise<number> {
  return await db.run(sql`
    delete from automations
    where tenant_id = ${tenantId} and (${connectionId}::uuid is null or connection_id = ${connectionId}::uuid)`)
}
