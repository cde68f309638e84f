import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

type Place = { readonly tenantId: string; readonly connectionId: string }
export type CallLimits = {
  readonly burst: number
  readonly perSecond: number
  /** When Meta's meters stand at 80 percent and more. */
  readonly slowPerSecond: number
}

export type TakenCall = {
  readonly is_granted: boolean
  /** Until a call may be taken, when none was. */
  readonly wait_seconds: number
  /** What Meta's meters said last, and how many blocks there were in a row. */
  readonly used_percent: number
  readonly blocks: number
}

/** Takes one call from a connection's bucket, or says how long it is empty or closed. */
export async function takeCall(
  db: Queryable,
  { tenantId, connectionId }: Place,
  limits: CallLimits,
): Promise<TakenCall> {
  const { burst, perSecond, slowPerSecond } = limits
  return await db.one<TakenCall>(sql`
    with at as materialized (select clock_timestamp() as now), held as (
      select b.*, r.per_second, least(${burst}::real,
          b.tokens + r.per_second * extract(epoch from at.now - b.refill_at)::real) as available,
        greatest(0, coalesce(extract(epoch from b.blocked_until - at.now), 0))::real as blocked_seconds
      from at, call_budgets b
      cross join lateral (select case when b.used_percent >= 80 then ${slowPerSecond}::real else ${perSecond}::real end
        as per_second) r
      where b.tenant_id = ${tenantId} and b.connection_id = ${connectionId}
      for update of b
    ), taken as (
      update call_budgets b set refill_at = at.now, tokens = h.available - 1
      from at, held h
      where b.tenant_id = h.tenant_id and b.connection_id = h.connection_id
        and h.available >= 1 and h.blocked_seconds = 0
      returning b.connection_id
    ), made as (
      insert into call_budgets (tenant_id, connection_id, refill_at, tokens)
      select ${tenantId}, ${connectionId}::uuid, at.now, ${burst}::real - 1 from at
      where not exists (select 1 from held)
      on conflict do nothing returning connection_id
    )
    select exists (select 1 from taken) or exists (select 1 from made) as is_granted,
      coalesce(greatest(h.blocked_seconds, (1 - h.available) / h.per_second), 0)::real as wait_seconds,
      coalesce(h.used_percent, 0) as used_percent, coalesce(h.blocks, 0) as blocks
    from at left join held h on true`)
}

/** What Meta's meters say now. `blockedSeconds` 0 opens the bucket. */
export async function setMeters(
  db: Queryable,
  { tenantId, connectionId }: Place,
  meters: { usedPercent: number; blocks: number; blockedSeconds: number },
): Promise<void> {
  await db.run(sql`
    update call_budgets
    set used_percent = ${meters.usedPercent}::real, blocks = ${meters.blocks},
      blocked_until = case when ${meters.blockedSeconds}::real > 0
        then greatest(blocked_until, clock_timestamp() + make_interval(secs => ${meters.blockedSeconds}::real)) end
    where tenant_id = ${tenantId} and connection_id = ${connectionId}`)
}
