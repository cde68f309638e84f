import { AppError } from '@parley/contract/app-error.ts'
import type { Queryable } from '#ports/database.ts'
import { findTenant } from '#tenants/find-tenant.ts'

/**
 * For `--tenant`: a name that is misspelt is not the same as a tenant without anything.
 *
 * @throws AppError `tenants/not-found`.
 */
export async function refuseUnknownTenant(db: Queryable, tenantId?: string | null): Promise<void> {
  if (tenantId === undefined || tenantId === null) return
  if ((await findTenant(db, tenantId)) !== undefined) return
  throw new AppError('tenants/not-found', { detail: `--tenant names ${JSON.stringify(tenantId)}.` })
}
