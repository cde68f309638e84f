import type { Capability } from '@parley/instagram/scopes.ts'
import type { Queryable } from '#ports/database.ts'
import { findByAccount } from './store.ts'

/** The tenant's record of an Instagram account, whatever became of it. */
export async function findOwnAccount(
  db: Queryable,
  input: { tenantId: string; accountId: string },
): Promise<
  | {
      readonly connectionId: string
      /** Not disconnected and not only a candidate; its token may be dead. */
      readonly isLive: boolean
      readonly askedCapabilities: readonly Capability[]
    }
  | undefined
> {
  const row = await findByAccount(db, input.tenantId, input.accountId)
  if (row === undefined) return undefined
  return {
    connectionId: row.id,
    isLive: row.status === 'active',
    askedCapabilities: row.asked_capabilities,
  }
}
