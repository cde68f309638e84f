import { openFields } from '#automation/open-fields.ts'
import type { Sealer } from '#ports/cipher.ts'
import { UnsealError } from '#ports/cipher.ts'
import type { Ports } from '#ports/ports.ts'
import { findSealer } from '#tenants/find-sealer.ts'
import { FIRST_ID } from '#tenants/forget-scope.ts'
import { findTenantTurns } from './store-export.ts'

const BATCH_MAX = 500

/** Every decided answer of a tenant: which lines it answers, and what the flow had collected before it. */
export async function* exportTurns(
  ports: Pick<Ports, 'db' | 'vault'>,
  tenantId: string,
): AsyncGenerator<object> {
  const sealer = await findSealer(ports, tenantId)
  let after = FIRST_ID
  for (;;) {
    const rows = await findTenantTurns(ports.db, tenantId, after, BATCH_MAX)
    for (const row of rows) {
      yield {
        id: row.id,
        conversationId: row.conversation_id,
        lines: row.lines,
        state: row.state,
        decidedAt: row.decided_at.toISOString(),
        fieldsBefore: fieldsOf(sealer, row.conversation_id, row.sealed_flow_before),
      }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < BATCH_MAX) return
    after = last.id
  }
}

/** Null when nothing is kept of it, or nobody can read it any more. */
function fieldsOf(
  sealer: Sealer | undefined,
  conversationId: string,
  sealed: Uint8Array | null,
): Readonly<Record<string, string>> | null {
  if (sealed === null || sealer === undefined) return null
  try {
    return openFields(sealer, conversationId, sealed)
  } catch (error) {
    if (error instanceof UnsealError) return null
    throw error
  }
}
