import type { Queryable } from '#ports/database.ts'
import type { Forgotten, ForgetScope } from '#tenants/forget-scope.ts'
import { deleteSessions } from './store-forget.ts'

/** Deletes connect links and trips to Meta, of which there are few, and what is remembered of imported lists. */
export async function forgetSessions(db: Queryable, scope: ForgetScope): Promise<Forgotten> {
  return { deleted: await deleteSessions(db, scope.tenantId, scope.connectionId), next: null }
}
