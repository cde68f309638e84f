import type { Automation } from '@parley/contract/automation.ts'
import type { Capability } from '@parley/contract/capability.ts'
import type { Tenant } from '@parley/contract/tenant.ts'
import type { Page } from '#http/list.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type TenantRow = {
  id: string
  name: string
  return_urls: string[]
  contact_email: string | null
  timezone: string
  capabilities: Capability[] | null
  default_automation: Automation | null
  retention_messages_days: number | null
  retention_deliveries_days: number | null
  retention_media_days: number | null
  created_at: Date
}

export function tenantOf(row: TenantRow): Tenant {
  return {
    id: row.id,
    name: row.name,
    returnUrls: row.return_urls,
    contactEmail: row.contact_email,
    timezone: row.timezone,
    capabilities: row.capabilities,
    defaultAutomation: row.default_automation,
    retention: {
      messagesDays: row.retention_messages_days,
      deliveriesDays: row.retention_deliveries_days,
      mediaDays: row.retention_media_days,
    },
  }
}

export async function selectTenant(db: Queryable, id: string): Promise<TenantRow | undefined> {
  return await db.maybe<TenantRow>(sql`
    select id, name, return_urls, contact_email, timezone, capabilities, default_automation,
      retention_messages_days, retention_deliveries_days, retention_media_days, created_at
    from tenants where id = ${id} and erasing_at is null`)
}

/** Newest first; `limit + 1` rows. */
export async function selectTenants(
  db: Queryable,
  visible: readonly string[] | null,
  page: Page,
): Promise<TenantRow[]> {
  const { after, limit } = page
  return await db.many<TenantRow>(sql`
    select id, name, return_urls, contact_email, timezone, capabilities, default_automation,
      retention_messages_days, retention_deliveries_days, retention_media_days, created_at
    from tenants
    where erasing_at is null and (${visible}::text[] is null or id = any(${visible}))
      and (${after?.at ?? null}::timestamptz is null
        or (created_at, id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::text))
    order by created_at desc, id desc
    limit ${limit + 1}`)
}

/** True when there was none with this id. */
export async function insertTenant(db: Queryable, tenant: Tenant, at: Date): Promise<boolean> {
  const inserted = await db.run(sql`
    insert into tenants (id, name, return_urls, contact_email, timezone, capabilities, default_automation,
      retention_messages_days, retention_deliveries_days, retention_media_days, created_at, updated_at)
    values (${tenant.id}, ${tenant.name}, ${tenant.returnUrls}, ${tenant.contactEmail}, ${tenant.timezone},
      ${tenant.capabilities}, ${json(tenant.defaultAutomation)}, ${tenant.retention.messagesDays},
      ${tenant.retention.deliveriesDays}, ${tenant.retention.mediaDays}, ${at}, ${at})
    on conflict (id) do nothing`)
  return inserted === 1
}

/** False when the tenant is being erased. */
export async function updateTenant(db: Queryable, tenant: Tenant, at: Date): Promise<boolean> {
  const updated = await db.run(sql`
    update tenants set name = ${tenant.name}, return_urls = ${tenant.returnUrls},
      contact_email = ${tenant.contactEmail}, timezone = ${tenant.timezone},
      capabilities = ${tenant.capabilities}, default_automation = ${json(tenant.defaultAutomation)},
      retention_messages_days = ${tenant.retention.messagesDays},
      retention_deliveries_days = ${tenant.retention.deliveriesDays},
      retention_media_days = ${tenant.retention.mediaDays}, updated_at = ${at}
    where id = ${tenant.id} and erasing_at is null`)
  return updated === 1
}

/** Does any of these tenants (null: of all) return to this origin? Return URLs are kept in normal form. */
export async function someReturnUrlHasOrigin(
  db: Queryable,
  visible: readonly string[] | null,
  origin: string,
): Promise<boolean> {
  const found = await db.many(sql`
    select 1 from tenants, unnest(return_urls) as url
    where (${visible}::text[] is null or id = any(${visible})) and starts_with(url, ${`${origin}/`})
    limit 1`)
  return found.length > 0
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value)
}

const NAMES_MAX = 1000

export async function selectTenantNames(
  db: Queryable,
  visible: readonly string[] | null,
): Promise<{ id: string; name: string }[]> {
  return await db.many(sql`
    select id, name from tenants
    where erasing_at is null and (${visible}::text[] is null or id = any(${visible}))
    order by lower(name), id limit ${NAMES_MAX}`)
}
