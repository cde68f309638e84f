import { UnsealError } from '#ports/cipher.ts'
import type { Sealer } from '#ports/cipher.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { findSealer } from '#tenants/find-sealer.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { deleteAnswer } from './store-answers.ts'
import { deleteTenantAnswers, findTenantAnswers } from './store-forget.ts'
import type { TenantAnswer } from './store-forget.ts'

const BATCH_MAX = 200
const IDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/**
 * Deletes answers kept for Idempotency-Key. Of one connection or person those that speak of it: a repeat of any other
 * request must still find its answer, or it would be done twice.
 *
 * @param findOwn which ids of an answer are the scope's; they live a floor above.
 */
export async function forgetAnswers(
  ports: Pick<Ports, 'vault'>,
  db: Queryable,
  scope: ForgetScope,
  from: string | null,
  findOwn: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<Forgotten> {
  if (scope.connectionId === null) {
    return { deleted: await deleteTenantAnswers(db, scope.tenantId), next: null }
  }
  const [caller = '', key = ''] = from?.split(' ') ?? []
  const answers = await findTenantAnswers(db, scope.tenantId, { caller, key }, BATCH_MAX)
  const sealer = await findSealer(ports, scope.tenantId)
  // Without a key nobody reads them; they end within the day.
  if (sealer === undefined) return { deleted: 0, next: null }
  const named = answers.map((answer) => idsIn(sealer, answer))
  const own = await findOwn([...new Set(named.flat())])
  let deleted = 0
  for (const [n, answer] of answers.entries()) {
    if (named[n]?.some((id) => own.has(id)) !== true) continue
    await deleteAnswer(db, answer.caller, answer.key, answer.created_at)
    deleted += 1
  }
  const last = answers.at(-1)
  const isOver = last === undefined || answers.length < BATCH_MAX
  return { deleted, next: isOver ? null : `${last.caller} ${last.key}` }
}

function idsIn(sealer: Sealer, answer: TenantAnswer): readonly string[] {
  if (answer.sealed_answer === null) return []
  const row = `${answer.caller} ${answer.key}`
  const place = { table: 'idempotent_answers', row, column: 'sealed_answer' }
  try {
    return sealer.open(place, answer.sealed_answer).toString('utf8').match(IDS) ?? []
  } catch (error) {
    if (error instanceof UnsealError) return []
    throw error
  }
}
