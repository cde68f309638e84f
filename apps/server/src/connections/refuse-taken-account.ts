import { AppError } from '@parley/contract/app-error.ts'
import type { Queryable } from '#ports/database.ts'
import { findHolder } from './store.ts'

/** @throws AppError `connect/account-taken` when another tenant holds the account live; never says who. */
export async function refuseTakenAccount(
  db: Queryable,
  input: { tenantId: string; accountId: string },
): Promise<void> {
  const holder = await findHolder(db, input.accountId)
  if (holder !== undefined && holder.tenant_id !== input.tenantId) {
    throw new AppError('connect/account-taken')
  }
}
