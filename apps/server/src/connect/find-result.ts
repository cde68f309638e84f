import type { Connection } from '@parley/contract/connection.ts'
import { loadConnection } from '#connections/load-connection.ts'
import { isUuid } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { findTenant } from '#tenants/find-tenant.ts'
import { listGrants } from '#tokens/list-grants.ts'
import type { GrantRow } from '#tokens/schema.ts'
import { hashProofs } from './browser-proof.ts'
import type { BrowserProof } from './schema.ts'
import { findOwnState } from './store-states.ts'

/**
 * What became of the login a trip brought, whatever else its connection holds. `confirming`: the page where it began
 * confirms it. `waiting`: the host does. `repeating`: Meta has not finished. `ended`: nobody confirmed it, or it was lost
 * since.
 */
export type TripEnd = 'connected' | 'confirming' | 'waiting' | 'repeating' | 'ended'

export type TripResult = {
  readonly connection: Connection
  readonly end: TripEnd
  readonly tenantName: string
}

/** What came of a trip, for the browser that made it; undefined for any other. */
export async function findResult(
  ports: Pick<Ports, 'db' | 'clock' | 'config'>,
  input: { stateId: string; proofs: readonly BrowserProof[] },
): Promise<TripResult | undefined> {
  if (!isUuid(input.stateId)) return undefined
  const proofs = hashProofs(ports.config, input.proofs)
  const state = await findOwnState(ports.db, input.stateId, proofs)
  if (state === undefined || state.connection_id === null) return undefined
  const { tenant_id: tenantId, connection_id: connectionId } = state
  const tenant = await findTenant(ports.db, tenantId)
  const connection = await loadConnection(ports, connectionId, [tenantId])
  const grants = (await listGrants(ports.db, [{ tenantId, connectionId }])).get(connectionId)
  const grant = grants?.find(({ id }) => id === state.grant_id)
  return { connection, end: endOf(grant, connection), tenantName: tenant?.name ?? tenantId }
}

/** A grant that is gone was dropped or replaced: then the connection says how things are. */
function endOf(grant: GrantRow | undefined, { status }: Connection): TripEnd {
  switch (grant?.status) {
    case 'pending':
      if (grant.confirmation === null) return 'repeating'
      return grant.confirmation === 'host' ? 'waiting' : 'confirming'
    case 'active':
      return 'connected'
    case 'needs_reauth':
    case 'revoked':
    case 'disconnected':
      return 'ended'
    case undefined:
      return status === 'active' || status === 'expiring' ? 'connected' : 'ended'
  }
}
