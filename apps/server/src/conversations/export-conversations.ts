import type { Ports } from '#ports/ports.ts'
import { FIRST_ID } from '#tenants/forget-scope.ts'
import type { OpenFields } from './describe-conversation.ts'
import { loadConversation } from './load-conversation.ts'
import { AppError } from '@parley/contract/app-error.ts'
import { findTenantConversationIds } from './store-export.ts'

const BATCH_MAX = 500

/** Every conversation of a tenant, with what the automation collected. */
export async function* exportConversations(
  ports: Pick<Ports, 'db' | 'vault' | 'log'>,
  tenantId: string,
  openFields: OpenFields,
): AsyncGenerator<object> {
  let after = FIRST_ID
  for (;;) {
    const rows = await findTenantConversationIds(ports.db, tenantId, after, BATCH_MAX)
    for (const { id } of rows) {
      try {
        yield await loadConversation(ports, id, [tenantId], openFields)
      } catch (error) {
        // Erased since its id was read.
        if (!(error instanceof AppError)) throw error
      }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < BATCH_MAX) return
    after = last.id
  }
}
