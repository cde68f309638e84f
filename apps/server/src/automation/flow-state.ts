import type { Sealer } from '#ports/cipher.ts'
import { EMPTY_FLOW_STATE } from './schema.ts'
import type { FlowState } from './schema.ts'

const place = (conversationId: string): { table: string; row: string; column: string } => ({
  table: 'conversations',
  row: conversationId,
  column: 'sealed_flow_state',
})

export function sealFlowState(sealer: Sealer, conversationId: string, state: FlowState): Buffer {
  return sealer.seal(place(conversationId), JSON.stringify(state))
}

/** @throws UnsealError when the value is not this conversation's. */
export function openFlowState(
  sealer: Sealer,
  conversationId: string,
  sealed: Uint8Array | null,
): FlowState {
  if (sealed === null) return EMPTY_FLOW_STATE
  // Written by `sealFlowState` alone, and authenticated.
  return JSON.parse(sealer.open(place(conversationId), sealed).toString('utf8')) as FlowState
}
