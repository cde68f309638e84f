import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type Backlog = {
  deliveries_waiting: number
  oldest_delivery_seconds: number
  lanes_ready: number
  lanes_parked: number
  parts_open: number
  parts_unknown: number
  workers_live: number
  host_events_waiting: number
  host_endpoints_failing: number
}

/** What waits, from small partial indexes: its cost does not grow with what was done. */
export async function readBacklog(db: Queryable): Promise<Backlog> {
  return await db.one<Backlog>(sql`
    select
      (select count(*) from deliveries where state = 'stored') as deliveries_waiting,
      (select coalesce(extract(epoch from clock_timestamp() - min(received_at)), 0)::float8
         from deliveries where state = 'stored') as oldest_delivery_seconds,
      (select count(*) from lanes where ready_at is not null and parked is null) as lanes_ready,
      (select count(*) from lanes where parked is not null) as lanes_parked,
      (select count(*) from outbound_parts) as parts_open,
      (select count(*) from outbound_parts where attempt_at is not null) as parts_unknown,
      (select count(*) from workers where seen_at > clock_timestamp() - interval '5 seconds') as workers_live,
      (select count(*) from host_deliveries where state = 'pending') as host_events_waiting,
      (select count(*) from host_endpoints where deleted_at is null
         and (failing_since is not null or disabled_reason <> 'by_hand')) as host_endpoints_failing`)
}

export async function countConnections(
  db: Queryable,
): Promise<readonly { status: string; count: number }[]> {
  return await db.many(sql`select status, count(*) as count from connections group by status`)
}

/** Days until the next token ends that nothing replaces; null when none has an end. */
export async function findNextExpiry(db: Queryable, now: Date): Promise<number | null> {
  const row = await db.one<{ days: number | null }>(sql`
    select (extract(epoch from min(expires_at) - ${now}) / 86400)::float8 as days
    from grants where status = 'active' and expires_at is not null`)
  return row.days
}

/** False when the server answers and refuses writes. */
export async function isWritable(db: Queryable): Promise<boolean> {
  const row = await db.one<{ writable: boolean }>(
    sql`select current_setting('transaction_read_only') = 'off' as writable`,
  )
  return row.writable
}
