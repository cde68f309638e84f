import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

/** Of whatever holds one; a test looks for columns that were forgotten. Transaction ids are those of another server. */
export async function dropLeases(db: Queryable): Promise<void> {
  await db.run(sql`
    update grants set lease_owner = null, lease_until = null, fence = fence + 1
    where lease_owner is not null or lease_until is not null`)
  await db.run(sql`
    update host_deliveries set lease_owner = null, lease_until = null
    where lease_owner is not null or lease_until is not null`)
  await db.run(sql`update notices set lease_until = null where lease_until is not null`)
  await db.run(sql`update digests set lease_until = null where lease_until is not null`)
  await db.run(sql`
    update data_deletions set lease_until = null, barrier = null
    where lease_until is not null or barrier is not null`)
  await db.run(sql`
    update lanes set lease_owner = null, fence = fence + 1, ready_at = clock_timestamp() where lease_owner is not null`)
}

/** Every message on its way out is one whose fate is not known. */
export async function doubtUnderWay(db: Queryable, takenAt: Date): Promise<void> {
  await db.run(sql`
    update messages m set status = 'sending' from outbound_parts p
    where m.tenant_id = p.tenant_id and m.id = p.message_id and m.status = 'queued'`)
  await db.run(sql`
    update outbound_parts set attempt_at = coalesce(attempt_at, ${takenAt}), absent_reads = 0, first_absent_at = null`)
}

export async function wakeLanes(db: Queryable): Promise<void> {
  await db.run(sql`
    update lanes set ready_at = clock_timestamp(), wanted = wanted + 1
    where parked is null and conversation_id in (select conversation_id from outbound_parts)`)
}

export async function dropSignInLinks(db: Queryable): Promise<void> {
  await db.run(sql`delete from sign_in_links where used_at is null`)
}
