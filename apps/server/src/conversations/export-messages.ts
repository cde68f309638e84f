import type { Ports } from '#ports/ports.ts'
import { FIRST_ID } from '#tenants/forget-scope.ts'
import { describeMessage } from './describe-message.ts'
import { sealerForReading } from './message-content.ts'
import { findTenantMessages } from './store-export.ts'

const BATCH_MAX = 500

/** Every message of a tenant, in the order they came here, with its place. */
export async function* exportMessages(
  ports: Pick<Ports, 'db' | 'vault' | 'clock'>,
  tenantId: string,
): AsyncGenerator<object> {
  const sealer = await sealerForReading(ports, tenantId)
  let after = FIRST_ID
  for (;;) {
    const rows = await findTenantMessages(ports.db, tenantId, after, BATCH_MAX)
    for (const row of rows) {
      yield {
        connectionId: row.connection_id,
        conversationId: row.conversation_id,
        ...describeMessage(sealer, row, ports.clock.now()),
      }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < BATCH_MAX) return
    after = last.id
  }
}
