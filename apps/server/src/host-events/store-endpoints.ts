import type { HostEventType } from '@parley/contract/host-event.ts'
import type { Page } from '#http/list.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { DisabledReason, EndpointRow, SecretRow } from './schema.ts'

export type Wanted = { readonly tenant_id: string | null; readonly events: HostEventType[] | null }

export async function selectWanted(db: Queryable): Promise<Wanted[]> {
  return await db.many<Wanted>(sql`
    select distinct tenant_id, events from host_endpoints where state = 'active' and deleted_at is null`)
}

export async function selectTenantExists(db: Queryable, id: string): Promise<boolean> {
  return (
    (await db.maybe(sql`select 1 from tenants where id = ${id} and erasing_at is null`)) !==
    undefined
  )
}

/** Of one tenant, or the operator's own. */
export async function countEndpoints(db: Queryable, tenantId: string | null): Promise<number> {
  const { count } = await db.one<{ count: number }>(sql`
    select count(*) as count from host_endpoints
    where tenant_id is not distinct from ${tenantId} and deleted_at is null`)
  return count
}

export async function insertEndpoint(
  db: Queryable,
  endpoint: Pick<EndpointRow, 'id' | 'tenant_id' | 'url' | 'events' | 'created_at'>,
): Promise<EndpointRow> {
  const { id, tenant_id, url, events, created_at } = endpoint
  return await db.one<EndpointRow>(sql`
    insert into host_endpoints (id, tenant_id, url, events, state, created_at, updated_at)
    values (${id}, ${tenant_id}, ${url}, ${events}, 'active', ${created_at}, ${created_at})
    returning *`)
}

/** @param visible null sees the operator's own too. */
export async function selectEndpoint(
  db: Queryable,
  visible: readonly string[] | null,
  id: string,
): Promise<EndpointRow | undefined> {
  return await db.maybe<EndpointRow>(sql`
    select * from host_endpoints
    where id = ${id} and deleted_at is null and (${visible}::text[] is null or tenant_id = any(${visible}))`)
}

export async function lockEndpoint(
  db: Queryable,
  visible: readonly string[] | null,
  id: string,
): Promise<EndpointRow | undefined> {
  return await db.maybe<EndpointRow>(sql`
    select * from host_endpoints
    where id = ${id} and deleted_at is null and (${visible}::text[] is null or tenant_id = any(${visible}))
    for no key update`)
}

/** Newest first, `limit + 1` rows; ids sort by time. */
export async function selectEndpoints(
  db: Queryable,
  visible: readonly string[] | null,
  tenantId: string | undefined,
  page: Page,
): Promise<EndpointRow[]> {
  const afterId = page.after?.id ?? null
  return await db.many<EndpointRow>(sql`
    select * from host_endpoints
    where deleted_at is null and (${visible}::text[] is null or tenant_id = any(${visible}))
      and (${tenantId ?? null}::text is null or tenant_id = ${tenantId ?? null})
      and (${afterId}::uuid is null or id < ${afterId}::uuid)
    order by id desc limit ${page.limit + 1}`)
}

export async function updateEndpoint(
  db: Queryable,
  endpoint: Pick<EndpointRow, 'id' | 'url' | 'events' | 'state' | 'disabled_reason'>,
  at: Date,
): Promise<EndpointRow> {
  const { id, url, events, state, disabled_reason } = endpoint
  return await db.one<EndpointRow>(sql`
    update host_endpoints set url = ${url}, events = ${events}, state = ${state}, disabled_reason = ${disabled_reason},
      disabled_at = case when ${state} = 'active' then null else coalesce(disabled_at, ${at}) end,
      failing_since = case when ${state} = 'active' and (state <> 'active' or url <> ${url}) then null else failing_since end,
      updated_at = ${at}
    where id = ${id} returning *`)
}

/** It keeps its id for the deliveries that name it; where it was and how it signed is gone. */
export async function deleteEndpoint(db: Queryable, id: string, at: Date): Promise<void> {
  await db.run(sql`delete from host_endpoint_secrets where endpoint_id = ${id}`)
  await db.run(sql`
    update host_endpoints set deleted_at = ${at}, state = 'disabled', url = '' where id = ${id}`)
  await db.run(sql`
    update host_deliveries set state = 'failed', last_result = 'endpoint_deleted', lease_owner = null
    where endpoint_id = ${id} and state = 'pending'`)
}

export async function insertSecret(
  db: Queryable,
  secret: SecretRow & { readonly endpointId: string },
  at: Date,
): Promise<void> {
  await db.run(sql`
    insert into host_endpoint_secrets (tenant_id, endpoint_id, id, sealed, created_at)
    select tenant_id, id, ${secret.id}, ${secret.sealed}, ${at}::timestamptz from host_endpoints where id = ${secret.endpointId}`)
}

/** Every secret of an endpoint ends at `until` or before; expired ones, and all but the newest `max`, go. */
export async function expireSecrets(
  db: Queryable,
  endpointId: string,
  { until, at, max }: { until: Date; at: Date; max: number },
): Promise<void> {
  await db.run(sql`
    delete from host_endpoint_secrets s where endpoint_id = ${endpointId} and (expires_at <= ${at} or id not in (
      select id from host_endpoint_secrets where endpoint_id = ${endpointId} order by id desc limit ${max}))`)
  await db.run(sql`
    update host_endpoint_secrets set expires_at = least(expires_at, ${until}::timestamptz)
    where endpoint_id = ${endpointId}`)
}

/** An endpoint and what signs for it now, newest first; undefined when it is not told any more. */
export async function selectTarget(
  db: Queryable,
  id: string,
  at: Date,
): Promise<{ endpoint: EndpointRow; secrets: SecretRow[] } | undefined> {
  const endpoint = await db.maybe<EndpointRow>(sql`
    select * from host_endpoints where id = ${id} and state = 'active' and deleted_at is null`)
  if (endpoint === undefined) return undefined
  const secrets = await db.many<SecretRow>(sql`
    select id, sealed from host_endpoint_secrets
    where endpoint_id = ${id} and (expires_at is null or expires_at > ${at}) order by id desc`)
  return { endpoint, secrets }
}

/** Undefined when it was not active any more. */
export async function disableActive(
  db: Queryable,
  id: string,
  reason: DisabledReason,
  at: Date,
): Promise<Pick<EndpointRow, 'id' | 'tenant_id' | 'url'> | undefined> {
  return await db.maybe<Pick<EndpointRow, 'id' | 'tenant_id' | 'url'>>(sql`
    update host_endpoints set state = 'disabled', disabled_reason = ${reason}, disabled_at = ${at}, updated_at = ${at}
    where id = ${id} and state = 'active' returning id, tenant_id, url`)
}
