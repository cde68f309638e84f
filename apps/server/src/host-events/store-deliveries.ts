import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { ClaimedDelivery } from './schema.ts'

/** An endpoint's orders that one claim looks at, before and behind the point where it starts. */
const STEPS_MAX = 256
const RING_START = '00000000-0000-0000-0000-000000000000'
const RING_END = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

export type Claim = {
  readonly owner: string
  readonly now: Date
  readonly leaseMs: number
  /** What this worker sends already, per endpoint. */
  readonly busy: ReadonlyMap<string, number>
  /** At once, to one endpoint; one that fails gets a single try at a time. */
  readonly perEndpointMax: number
  readonly max: number
  /** Orders are looked at from this point of the ring on, so that none is always the last. */
  readonly startAt: string
  /** Of these at most so many to endpoints that fail. */
  readonly failingMax: number
}

/**
 * Takes deliveries that are due, of each order the first only: as long as that one is pending, those behind it wait.
 * Steps from order to order along the index, around the ring from `startAt`, so that neither what waits behind a first
 * one nor how many orders there are makes it slow.
 */
export async function claimDeliveries(db: Queryable, claim: Claim): Promise<ClaimedDelivery[]> {
  const { owner, now, leaseMs, busy, perEndpointMax, max, failingMax, startAt } = claim
  return await db.many<ClaimedDelivery>(sql`
    with recursive endpoint as (
      select p.id, p.failing_since is not null as failing,
        case when p.failing_since is null then ${perEndpointMax}::integer else 1 end - coalesce(b.n, 0) as slots
      from host_endpoints p
      left join unnest(${[...busy.keys()]}::uuid[], ${[...busy.values()]}::integer[]) as b (id, n) on b.id = p.id
      where p.state = 'active' and p.deleted_at is null
    ), head as (
      select e.id as endpoint_id, d.*, arc.until, 1 as steps from endpoint e
      cross join (values (${startAt}::uuid, ${RING_END}::uuid), (${RING_START}::uuid, ${startAt}::uuid)) as arc (since, until)
      cross join lateral (
        select order_key, seq, next_at, lease_until from host_deliveries
        where endpoint_id = e.id and order_key > arc.since and order_key <= arc.until and state = 'pending'
        order by order_key, seq limit 1) d
      where e.slots > 0
      union all
      select h.endpoint_id, d.*, h.until, h.steps + 1 from head h
      cross join lateral (
        select order_key, seq, next_at, lease_until from host_deliveries
        where endpoint_id = h.endpoint_id and order_key > h.order_key and order_key <= h.until and state = 'pending'
        order by order_key, seq limit 1) d
      where h.steps < ${STEPS_MAX}
    ), due as (
      select h.*, row_number() over (partition by endpoint_id order by next_at, seq) as n from head h
      where next_at <= ${now} and (lease_until is null or lease_until < clock_timestamp())
    ), fair as (
      select due.*, e.failing, row_number() over (partition by e.failing order by due.n, due.next_at) as m
      from due join endpoint e on e.id = due.endpoint_id and due.n <= e.slots
    ), taken as (
      select d.tenant_id, d.event_id, d.endpoint_id, f.failing from fair f
      join host_deliveries d on d.endpoint_id = f.endpoint_id and d.order_key = f.order_key and d.seq = f.seq
        and d.state = 'pending' and (d.lease_until is null or d.lease_until < clock_timestamp())
      where not f.failing or f.m <= ${failingMax}
      limit ${max}
      for update of d skip locked
    ), claimed as (
      update host_deliveries d set lease_owner = ${owner},
        lease_until = clock_timestamp() + ${leaseMs}::double precision * interval '1 millisecond'
      from taken t where d.tenant_id = t.tenant_id and d.event_id = t.event_id and d.endpoint_id = t.endpoint_id
      returning d.tenant_id, d.event_id, d.endpoint_id, d.attempts, d.first_attempt_at, d.lease_owner, t.failing
    )
    select c.tenant_id, c.endpoint_id, c.attempts, c.first_attempt_at, c.lease_owner, c.failing as is_failing,
      e.id, e.connection_id, e.type, e.created_at, e.sealed
    from claimed c join host_events e on e.tenant_id = c.tenant_id and e.id = c.event_id`)
}

type HeldDelivery = Pick<ClaimedDelivery, 'tenant_id' | 'id' | 'endpoint_id' | 'lease_owner'>

/** What an attempt came to. `retryAt` null: it is settled. */
export type Attempt = {
  readonly at: Date
  readonly state: 'pending' | 'delivered' | 'failed'
  readonly result: string
  readonly retryAt: Date | null
  /** Whether it says something about the endpoint. */
  readonly counts: boolean
}

/**
 * Notes an attempt and gives the delivery back, if it is still this worker's, and with it how the endpoint does. An
 * endpoint that may change is locked before the delivery, as whoever changes an endpoint by hand does.
 *
 * @returns since when the endpoint fails, null when it does not. Undefined: the delivery is not this worker's any more,
 *   and what came of the attempt says nothing: the endpoint may be at another address by now.
 */
export async function recordAttempt(
  db: Queryable,
  held: HeldDelivery,
  attempt: Attempt,
): Promise<{ failingSince: Date | null } | undefined> {
  const { at, state, result, retryAt, counts } = attempt
  const row = await db.maybe<{ failing_since: Date | null }>(sql`
    with endpoint as materialized (
      select id from host_endpoints
      where id = ${held.endpoint_id} and (failing_since is not null or ${state} <> 'delivered')
      for no key update
    ), noted as (
      update host_deliveries set state = ${state}, attempts = attempts + 1, last_attempt_at = ${at},
        first_attempt_at = coalesce(first_attempt_at, ${at}), last_result = ${result},
        next_at = coalesce(${retryAt}::timestamptz, next_at), lease_owner = null, lease_until = null
      where tenant_id = ${held.tenant_id} and event_id = ${held.id} and endpoint_id = ${held.endpoint_id}
        and lease_owner = ${held.lease_owner} and state = 'pending'
        -- Always true: it makes the endpoint the first to be locked.
        and (select count(*) from endpoint) >= 0
      returning endpoint_id
    ), changed as (
      update host_endpoints p
      set failing_since = case when ${state} = 'delivered' then null else ${at}::timestamptz end
      from noted where ${counts} and p.id = noted.endpoint_id and (p.failing_since is null) = (${state} <> 'delivered')
      returning p.id, p.failing_since
    )
    select case when c.id is null then p.failing_since else c.failing_since end as failing_since
    from noted join host_endpoints p on p.id = noted.endpoint_id left join changed c on c.id = p.id`)
  return row && { failingSince: row.failing_since }
}

/** Gives a delivery back as if it had not been taken. */
export async function releaseDelivery(db: Queryable, held: HeldDelivery): Promise<void> {
  await db.run(sql`
    update host_deliveries set lease_owner = null, lease_until = null
    where tenant_id = ${held.tenant_id} and event_id = ${held.id} and endpoint_id = ${held.endpoint_id}
      and lease_owner = ${held.lease_owner} and state = 'pending'`)
}

/** What waits for an endpoint is due now, with all its attempts before it; what the calls under way come to does not count. */
export async function restartPending(db: Queryable, endpointId: string, at: Date): Promise<void> {
  await db.run(sql`
    update host_deliveries set next_at = ${at}, attempts = 0, first_attempt_at = null,
      lease_owner = null, lease_until = null
    where endpoint_id = ${endpointId} and state = 'pending'`)
}
