import type { Connection } from '@parley/contract/connection.ts'
import { loadConnection } from '#connections/load-connection.ts'
import { isUuid } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { hashProofs } from './browser-proof.ts'
import type { BrowserProof } from './schema.ts'
import { findOwnState } from './store-states.ts'

/** What came of a trip, for the browser that made it; undefined for any other. */
export async function findResult(
  ports: Pick<Ports, 'db' | 'clock' | 'config'>,
  input: { stateId: string; proofs: readonly BrowserProof[] },
): Promise<Connection | undefined> {
  if (!isUuid(input.stateId)) return undefined
  const proofs = hashProofs(ports.config, input.proofs)
  const state = await findOwnState(ports.db, input.stateId, proofs)
  if (state === undefined || state.connection_id === null) return undefined
  return await loadConnection(ports, state.connection_id, [state.tenant_id])
}
