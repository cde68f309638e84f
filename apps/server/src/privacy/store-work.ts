import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { ErasureKind, StepRow } from './schema.ts'

export type ClaimedErasure = {
  readonly id: string
  readonly kind: ErasureKind
  readonly tenant_id: string | null
  readonly requested_at: Date
}

/** The erasure asked for first that nobody works on. Leases use the database's clock. */
export async function claimErasure(
  db: Queryable,
  leaseSeconds: number,
): Promise<ClaimedErasure | undefined> {
  return await db.maybe<ClaimedErasure>(sql`
    update data_deletions set lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where id = (
      select id from data_deletions
      where finished_at is null and (lease_until is null or lease_until < clock_timestamp())
      order by requested_at limit 1 for update skip locked)
    returning id, kind, tenant_id, requested_at`)
}

/**
 * Transactions that began before the first call may have seen an account alive, and still store what it receives. True
 * when all of them are over.
 */
export async function passBarrier(db: Queryable, id: string): Promise<boolean> {
  const { isOver } = await db.one<{ isOver: boolean }>(sql`
    update data_deletions set barrier = coalesce(barrier, pg_snapshot_xmax(pg_current_snapshot()))
    where id = ${id} returning pg_snapshot_xmin(pg_current_snapshot()) >= barrier as "isOver"`)
  return isOver
}

export async function setLease(db: Queryable, id: string, seconds: number): Promise<void> {
  await db.run(sql`
    update data_deletions set lease_until = clock_timestamp() + make_interval(secs => ${seconds})
    where id = ${id} and finished_at is null`)
}

/** The first step that is not done, locked until the transaction ends. */
export async function lockNextStep(db: Queryable, id: string): Promise<StepRow | undefined> {
  return await db.maybe<StepRow>(sql`
    select n, tenant_id, connection_id, conversation_id, store, position, deleted, done_at
    from data_deletion_steps where deletion_id = ${id} and done_at is null
    order by n limit 1 for update`)
}

export async function recordProgress(
  db: Queryable,
  id: string,
  step: {
    readonly n: number
    readonly deleted: number
    readonly position: string | null
    readonly doneAt: Date | null
  },
): Promise<void> {
  await db.run(sql`
    update data_deletion_steps
    set deleted = deleted + ${step.deleted}, position = ${step.position}, done_at = ${step.doneAt}
    where deletion_id = ${id} and n = ${step.n}`)
}

/** False when somebody else was quicker. */
export async function finishErasure(db: Queryable, id: string, at: Date): Promise<boolean> {
  const count = await db.run(sql`
    update data_deletions set finished_at = ${at}, lease_until = null
    where id = ${id} and finished_at is null
      and not exists (select 1 from data_deletion_steps where deletion_id = ${id} and done_at is null)`)
  return count === 1
}
