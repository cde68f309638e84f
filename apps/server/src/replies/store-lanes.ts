import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { Lane } from './schema.ts'

/**
 * Claims ready lanes nobody living holds. The lease has no deadline of its own: it falls with its owner's heartbeat.
 * `ready_at` moves on by the time after which a dead owner is noticed, so that held lanes are not looked at again.
 */
export async function claimLanes(
  db: Queryable,
  claim: {
    readonly owner: string
    readonly countMax: number
    /** Conversations this owner works on; a lane of its own that is not among them was lost and is claimed again. */
    readonly held: readonly string[]
    /** Connections nothing may be sent for now. */
    readonly except: readonly string[]
  },
): Promise<Lane[]> {
  return await db.many<Lane>(sql`
    with ready as (
      select conversation_id from lanes l
      where ready_at <= clock_timestamp() and parked is null
        and conversation_id <> all (${claim.held}::uuid[])
        and (lease_owner is null or lease_owner = ${claim.owner} or not exists (
          select 1 from workers w where w.id = l.lease_owner and w.seen_at > clock_timestamp() - interval '5 seconds'))
        and connection_id <> all (${claim.except}::uuid[])
      order by ready_at limit ${claim.countMax} for update skip locked
    )
    update lanes l set lease_owner = ${claim.owner}, fence = l.fence + 1, ready_at = clock_timestamp() + interval '5 seconds'
    from ready where l.conversation_id = ready.conversation_id
    returning l.conversation_id as "conversationId", l.tenant_id as "tenantId", l.connection_id as "connectionId",
      l.wanted, l.fence, l.failures, l.drops`)
}

/** Workers that showed no life for so long that their leases have fallen. */
export async function findDeadWorkers(db: Queryable): Promise<{ id: string; seen_at: Date }[]> {
  return await db.many(
    sql`select id, seen_at from workers where seen_at <= clock_timestamp() - interval '5 seconds'`,
  )
}

/**
 * Makes lanes ready that are leased without being so and whose holder is gone, or is `owner` and does not know of it
 * (not among `held`, and the message not of the last moment). Such a lane has an open message that began to leave.
 */
export async function rouseForsaken(
  db: Queryable,
  by: { readonly owner: string; readonly held: readonly string[]; readonly before: Date },
): Promise<void> {
  await db.run(sql`
    with forsaken as (
      select l.conversation_id
      from (select conversation_id, attempt_at from outbound_parts where attempt_at is not null) p
      cross join lateral (
        select conversation_id from lanes l
        where conversation_id = p.conversation_id and ready_at is null and parked is null and lease_owner is not null
          and conversation_id <> all (${by.held}::uuid[])
          and (lease_owner = ${by.owner} and p.attempt_at < ${by.before} or not exists (
            select 1 from workers w where w.id = l.lease_owner and w.seen_at > clock_timestamp() - interval '5 seconds'))
        for update skip locked) l
    )
    update lanes l set ready_at = clock_timestamp() from forsaken f where l.conversation_id = f.conversation_id`)
}

/** Milliseconds until the next lane gets ready, if any waits for its time. */
export async function findNextReady(db: Queryable): Promise<number | undefined> {
  const row = await db.one<{ ms: number | null }>(sql`
    select (extract(epoch from min(ready_at) - clock_timestamp()) * 1000)::double precision as ms
    from lanes where ready_at > clock_timestamp() and parked is null`)
  return row.ms ?? undefined
}

export type Release = {
  readonly lane: Lane
  /** Look again after so long; null: only when woken. */
  readonly nextMs: number | null
}

/**
 * Gives lanes back; failures are forgotten by one that has nothing more to do. Whoever wanted something meanwhile has
 * it looked at at once.
 *
 * @returns for each whether it is ready again already.
 */
export async function releaseLanes(
  db: Queryable,
  releases: readonly Release[],
): Promise<{ ready: boolean | null }[]> {
  return await db.many(sql`
    with release as (
      select * from unnest(${releases.map(({ lane }) => lane.conversationId)}::uuid[], ${releases.map(({ lane }) => lane.fence)}::bigint[],
        ${releases.map(({ lane }) => lane.wanted)}::bigint[], ${releases.map(({ nextMs }) => nextMs)}::double precision[])
        as r (conversation_id, fence, wanted, next_ms)
    ), held as (
      select l.conversation_id, r.wanted, r.next_ms from lanes l join release r using (conversation_id, fence)
      order by l.conversation_id for update of l
    )
    update lanes l set lease_owner = null, failures = case when h.next_ms is null then 0 else l.failures end,
      ready_at = case when l.wanted <> h.wanted then clock_timestamp()
        else clock_timestamp() + h.next_ms * interval '1 millisecond' end
    from held h where l.conversation_id = h.conversation_id
    returning l.ready_at <= clock_timestamp() as ready`)
}

/** A step threw: the lane waits longer each time, and is parked in the end, where people see it. */
export async function failLane(
  db: Queryable,
  lane: Lane,
  failure:
    | { readonly waitMs: number; readonly counts: boolean }
    | { readonly parkedFor: string; readonly at: Date },
): Promise<void> {
  const waitMs = 'waitMs' in failure ? failure.waitMs : null
  const parked = 'parkedFor' in failure ? failure.parkedFor : null
  const parkedAt = 'parkedFor' in failure ? failure.at : null
  await db.run(sql`
    update lanes set lease_owner = null, failures = failures + ${'waitMs' in failure && !failure.counts ? 0 : 1}, parked = ${parked}, parked_at = ${parkedAt},
      ready_at = clock_timestamp() + ${waitMs}::double precision * interval '1 millisecond'
    where conversation_id = ${lane.conversationId} and fence = ${lane.fence}`)
}

/** Meta answers again for these connections: whatever waits for a later try goes now. */
export async function rouseConnections(
  db: Queryable,
  connectionIds: readonly string[],
  now: Date,
): Promise<void> {
  await db.run(sql`
    with due as (
      update outbound_parts set next_at = ${now} where connection_id = any(${connectionIds}::uuid[]) and next_at > ${now}
      returning conversation_id
    ), held as (
      select conversation_id from lanes where conversation_id in (select conversation_id from due)
      order by conversation_id for update
    )
    update lanes l set ready_at = clock_timestamp(), wanted = wanted + 1 from held h where l.conversation_id = h.conversation_id`)
}

/** The clock people see was moved: every wait that was counted against it is looked at again. */
export async function rouseAll(db: Queryable): Promise<void> {
  await db.run(sql`
    with held as (
      select conversation_id from lanes where ready_at > clock_timestamp() and parked is null
      order by conversation_id for update skip locked
    )
    update lanes l set ready_at = clock_timestamp() from held h where l.conversation_id = h.conversation_id`)
}
