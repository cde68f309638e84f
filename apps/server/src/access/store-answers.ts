import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'

export type AnswerRow = {
  tenant_id: string | null
  body_hash: string
  status: number | null
  sealed_answer: Buffer | null
  /** Its work was on its way to where it cannot be undone. */
  has_left: boolean
  created_at: Date
}

/** True: this request is the first with its key and goes on. */
export async function insertAnswer(
  db: Queryable,
  answer: { caller: string; key: string; bodyHash: string; at: Date },
): Promise<boolean> {
  const inserted = await db.run(sql`
    insert into idempotent_answers (caller, key, body_hash, created_at)
    values (${answer.caller}, ${answer.key}, ${answer.bodyHash}, ${answer.at})
    on conflict do nothing`)
  return inserted === 1
}

export async function selectAnswer(
  db: Queryable,
  caller: string,
  key: string,
): Promise<AnswerRow | undefined> {
  return await db.maybe<AnswerRow>(sql`
    select tenant_id, body_hash, status, sealed_answer, has_left, created_at
    from idempotent_answers where caller = ${caller} and key = ${key}`)
}

/** Returns 0 when another request has taken the place of this one. */
export async function updateAnswer(
  db: Queryable,
  answer: {
    caller: string
    key: string
    at: Date
    tenantId: string | null
    status: number
    sealed: Uint8Array
  },
): Promise<number> {
  return await db.run(sql`
    update idempotent_answers set tenant_id = ${answer.tenantId}, status = ${answer.status},
      sealed_answer = ${answer.sealed}
    where caller = ${answer.caller} and key = ${answer.key} and created_at = ${answer.at}`)
}

/** Returns 0 when another request has taken the place of this one. */
export async function markLeft(
  db: Queryable,
  answer: { caller: string; key: string; at: Date },
): Promise<number> {
  return await db.run(sql`
    update idempotent_answers set has_left = true
    where caller = ${answer.caller} and key = ${answer.key} and created_at = ${answer.at}`)
}

/** Removes this very row, not one another request put in its place. */
export async function deleteAnswer(
  db: Queryable,
  caller: string,
  key: string,
  createdAt: Date,
): Promise<void> {
  await db.run(sql`
    delete from idempotent_answers
    where caller = ${caller} and key = ${key} and created_at = ${createdAt}`)
}

export async function deleteAnswersBefore(db: Queryable, before: Date): Promise<number> {
  return await db.run(sql`delete from idempotent_answers where created_at < ${before}`)
}
