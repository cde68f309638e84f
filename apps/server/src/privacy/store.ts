import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import type { ForgetScope } from '#tenants/forget-scope.ts'
import type { ErasureKind, ErasureRow, StepRow } from './schema.ts'

/** True: this very request came for the first time. */
export async function insertSignedRequest(db: Queryable, hash: string, at: Date): Promise<boolean> {
  const inserted = await db.run(sql`
    insert into signed_requests (hash, received_at) values (${hash}, ${at}) on conflict do nothing`)
  return inserted === 1
}

/** Requests about the same subject follow one another. */
export async function lockSubject(db: Queryable, subject: string): Promise<void> {
  await db.run(sql`select pg_advisory_xact_lock(hashtextextended(${subject}, 0))`)
}

/** The newest erasure of whom Meta names, under any of the hashes they may be kept as. */
export async function findOfSubject(
  db: Queryable,
  hashes: readonly string[],
): Promise<ErasureRow | undefined> {
  return await db.maybe<ErasureRow>(sql`
    select id, code, kind, tenant_id, subject_id, requested_at, finished_at from data_deletions
    where subject_hash = any(${[...hashes]}) order by requested_at desc, id desc limit 1`)
}

export async function findByCode(db: Queryable, code: string): Promise<ErasureRow | undefined> {
  return await db.maybe<ErasureRow>(sql`
    select id, code, kind, tenant_id, subject_id, requested_at, finished_at from data_deletions
    where code = ${code}`)
}

/** The newest of a tenant or of a conversation in it. */
export async function findOfTenant(
  db: Queryable,
  kind: 'tenant' | 'person',
  tenantId: string,
  subjectId: string | null,
): Promise<ErasureRow | undefined> {
  return await db.maybe<ErasureRow>(sql`
    select id, code, kind, tenant_id, subject_id, requested_at, finished_at from data_deletions
    where tenant_id = ${tenantId} and kind = ${kind} and subject_id is not distinct from ${subjectId}::uuid
    order by id desc limit 1`)
}

/** @param tenants who may look; null: everybody. What Meta asked for spans tenants, and is everybody's alone. */
export async function findById(
  db: Queryable,
  id: string,
  tenants: readonly string[] | null,
): Promise<ErasureRow | undefined> {
  return await db.maybe<ErasureRow>(sql`
    select id, code, kind, tenant_id, subject_id, requested_at, finished_at from data_deletions
    where id = ${id} and (${tenants}::text[] is null or tenant_id = any(${tenants}))`)
}

export async function findSteps(db: Queryable, id: string): Promise<StepRow[]> {
  return await db.many<StepRow>(sql`
    select n, tenant_id, connection_id, conversation_id, store, position, deleted, done_at
    from data_deletion_steps where deletion_id = ${id} order by n`)
}

/** Without steps there is nothing to do, and the erasure is done. */
export async function insertErasure(
  db: Queryable,
  erasure: {
    readonly id: string
    readonly code: string
    readonly kind: ErasureKind
    readonly subjectHash: string | null
    readonly tenantId: string | null
    readonly subjectId: string | null
    readonly requestedBy: string
    readonly at: Date
    readonly steps: readonly (ForgetScope & { readonly store: string })[]
  },
): Promise<void> {
  const finishedAt = erasure.steps.length === 0 ? erasure.at : null
  await db.run(sql`
    insert into data_deletions (id, code, kind, subject_hash, tenant_id, subject_id, requested_by, requested_at, finished_at)
    values (${erasure.id}, ${erasure.code}, ${erasure.kind}, ${erasure.subjectHash}, ${erasure.tenantId},
      ${erasure.subjectId}, ${erasure.requestedBy}, ${erasure.at}, ${finishedAt})`)
  await db.run(sql`
    insert into data_deletion_steps (deletion_id, n, tenant_id, connection_id, conversation_id, store)
    select ${erasure.id}, s.n, s."tenantId", s."connectionId", s."conversationId", s.store
    from json_to_recordset(${JSON.stringify(erasure.steps.map((step, n) => ({ ...step, n })))}::json)
      as s (n integer, "tenantId" text, "connectionId" uuid, "conversationId" uuid, store text)`)
}
