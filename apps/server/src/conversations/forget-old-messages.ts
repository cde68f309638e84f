import type { Ports } from '#ports/ports.ts'
import { FIRST_ID } from '#tenants/forget-scope.ts'
import { deleteOldMessages } from './store-forget.ts'

const MAX = { conversations: 200, messages: 500 } as const

/** Deletes a tenant's messages from before a moment, in bounded batches. @returns how many. */
export async function forgetOldMessages(
  ports: Pick<Ports, 'db'>,
  tenantId: string,
  before: Date,
): Promise<number> {
  let after: string | null = FIRST_ID
  let deleted = 0
  while (after !== null) {
    const walked = await deleteOldMessages(ports.db, { tenantId, after, before }, MAX)
    deleted += walked.deleted
    // A long conversation is met again until nothing old is left of it.
    if (!walked.isCut) after = walked.seen < MAX.conversations ? null : walked.last
  }
  return deleted
}
