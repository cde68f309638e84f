import type { Ports } from '#ports/ports.ts'
import { FIRST_ID } from '#tenants/forget-scope.ts'
import { findTenantPeople } from './store-export.ts'

const BATCH_MAX = 500

/** Everybody who wrote to a tenant. */
export async function* exportPeople(
  ports: Pick<Ports, 'db'>,
  tenantId: string,
): AsyncGenerator<object> {
  let after = { connectionId: FIRST_ID, igsid: '' }
  for (;;) {
    const rows = await findTenantPeople(ports.db, tenantId, after, BATCH_MAX)
    for (const row of rows) {
      yield {
        connectionId: row.connection_id,
        igsid: row.igsid,
        username: row.username,
        name: row.name,
        pictureUrl: row.picture_url,
        firstSeenAt: row.first_seen_at.toISOString(),
      }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < BATCH_MAX) return
    after = { connectionId: last.connection_id, igsid: last.igsid }
  }
}
