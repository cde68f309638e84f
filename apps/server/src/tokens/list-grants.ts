import type { Queryable } from '#ports/database.ts'
import type { GrantRow } from './schema.ts'
import { listGrants as select } from './store.ts'

/** Every grant of these connections, by connection id; oldest first. */
export async function listGrants(
  db: Queryable,
  connections: readonly { tenantId: string; connectionId: string }[],
): Promise<Map<string, GrantRow[]>> {
  const byConnection = new Map<string, GrantRow[]>()
  if (connections.length === 0) return byConnection
  for (const grant of await select(db, connections)) {
    const known = byConnection.get(grant.connection_id)
    if (known === undefined) byConnection.set(grant.connection_id, [grant])
    else known.push(grant)
  }
  return byConnection
}
