import type { Ports } from '#ports/ports.ts'
import { FIRST_ID } from '#tenants/forget-scope.ts'
import { deleteOldTurns } from './store-forget.ts'

const BATCH_MAX = 1000

/** Deletes answers a tenant's automation decided before a moment: they hold what people had told it by then. */
export async function forgetOldTurns(
  ports: Pick<Ports, 'db'>,
  tenantId: string,
  before: Date,
): Promise<number> {
  let after: string | null = FIRST_ID
  let deleted = 0
  while (after !== null) {
    const walked = await deleteOldTurns(ports.db, { tenantId, after, before }, BATCH_MAX)
    deleted += walked.deleted
    after = walked.seen < BATCH_MAX ? null : walked.last
  }
  return deleted
}
