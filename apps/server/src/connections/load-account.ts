import { AppError } from '@parley/contract/app-error.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import { isUuid } from '#http/read-body.ts'
import type { Queryable } from '#ports/database.ts'
import { findById } from './store.ts'

/** The account behind one of the tenant's connections. @throws AppError `connections/not-found`. */
export async function loadAccount(
  db: Queryable,
  tenantId: string,
  connectionId: string,
): Promise<{
  connectionId: string
  accountId: string
  username: string | null
  askedCapabilities: readonly Capability[]
}> {
  const row = isUuid(connectionId)
    ? await findById(db, connectionId.toLowerCase(), [tenantId])
    : undefined
  if (row === undefined) throw new AppError('connections/not-found')
  return {
    connectionId: row.id,
    accountId: row.account_id,
    username: row.username,
    askedCapabilities: row.asked_capabilities,
  }
}
