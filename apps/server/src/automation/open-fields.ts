import type { Sealer } from '#ports/cipher.ts'
import { openFlowState } from './flow-state.ts'

/** What the flow collected in a conversation. */
export function openFields(
  sealer: Sealer,
  conversationId: string,
  sealed: Uint8Array | null,
): Readonly<Record<string, string>> {
  return openFlowState(sealer, conversationId, sealed).fields
}
