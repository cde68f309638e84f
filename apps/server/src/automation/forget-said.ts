import { UnsealError } from '#ports/cipher.ts'
import type { Sealer } from '#ports/cipher.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { openFlowState, sealFlowState } from './flow-state.ts'
import { FIELD_CHARACTERS_MAX } from './run-flow.ts'
import { findStates, replaceState, replaceStateBefore } from './store-states.ts'

type Place = { readonly tenantId: string; readonly conversationId: string }

/**
 * A person unsent a line: fields it was the answer to forget it, where the flow stands now and where an answer still
 * under way would return to. The conversation must be locked.
 */
export async function forgetSaid(
  ports: Pick<Ports, 'vault'>,
  db: Queryable,
  { tenantId, conversationId }: Place,
  said: readonly string[],
): Promise<void> {
  if (said.length === 0) return
  const sealer = await ports.vault.tenant(tenantId)
  for (const { turn_id, sealed } of await findStates(db, conversationId)) {
    const without = forget(sealer, conversationId, sealed, said)
    if (without === undefined) continue
    if (turn_id === null) await replaceState(db, conversationId, without)
    else await replaceStateBefore(db, { tenantId, turnId: turn_id }, without)
  }
}

/** The state without what was said; undefined when it was not in it. */
function forget(
  sealer: Sealer,
  conversationId: string,
  sealed: Uint8Array,
  said: readonly string[],
): Buffer | undefined {
  try {
    const state = openFlowState(sealer, conversationId, sealed)
    const kept = Object.entries(state.fields).filter(([, value]) => !holds(value, said))
    if (kept.length === Object.keys(state.fields).length) return undefined
    return sealFlowState(sealer, conversationId, { ...state, fields: Object.fromEntries(kept) })
  } catch (error) {
    // What nobody can read any more says nothing to anybody.
    if (error instanceof UnsealError) return undefined
    throw error
  }
}

/** A field is one line, or the lines of one turn below each other; a very long one is cut off. */
function holds(value: string, said: readonly string[]): boolean {
  const isCut = value.length === FIELD_CHARACTERS_MAX
  return said.some(
    (text) => `\n${value}\n`.includes(`\n${text}\n`) || (isCut && text.startsWith(value)),
  )
}
