import { AppError } from '@parley/contract/app-error.ts'
import { isUuid } from '#http/read-body.ts'
import type { Ports } from '#ports/ports.ts'
import { hashProofs } from './browser-proof.ts'
import type { BrowserProof, Choice, SessionRow, StateRow } from './schema.ts'
import { findOwnState } from './store-states.ts'
import { findSession } from './store.ts'

/**
 * The picker's list, for the browser that came back from Meta and no other.
 *
 * @throws AppError `connect/link-expired` when it is another browser's, late, or was chosen from.
 */
export async function findChoices(
  ports: Pick<Ports, 'db' | 'clock' | 'config'>,
  input: { stateId: string; proofs: readonly BrowserProof[] },
): Promise<{ state: StateRow; session: SessionRow; choices: readonly Choice[] }> {
  const state = isUuid(input.stateId)
    ? await findOwnState(ports.db, input.stateId, hashProofs(ports.config, input.proofs))
    : undefined
  const isOpen = state?.found != null && (state.pick_until?.getTime() ?? 0) > ports.clock.now()
  const session = isOpen
    ? await findSession(ports.db, state.tenant_id, state.session_id)
    : undefined
  if (state?.found == null || session === undefined || session.revoked_at !== null) {
    throw new AppError('connect/link-expired')
  }
  return { state, session, choices: state.found.choices }
}
