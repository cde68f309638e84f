import type { Ports } from '#ports/ports.ts'
import { changeMode } from './change-mode.ts'
import type { ConversationRow } from './schema.ts'
import { prolongPause } from './store-conversations.ts'

/** The reason of a pause that an operator's typing made. */
export const TYPING = 'operator_typing'
/** Who types goes on or sends; a draft given up holds the automation back no longer than this. */
const TYPING_PAUSE_MS = 90_000

/**
 * An operator is writing: the automation keeps quiet until the message is sent or the draft is given up, and then
 * answers what waited.
 */
export async function holdForTyping(
  ports: Pick<Ports, 'db' | 'clock' | 'signals'>,
  conversation: Pick<ConversationRow, 'id'>,
): Promise<void> {
  const pausedUntil = new Date(ports.clock.now() + TYPING_PAUSE_MS)
  const isHeld = await changeMode(
    ports,
    conversation.id,
    ({ mode }) => (mode === 'automated' ? { to: 'human', reason: TYPING, pausedUntil } : undefined),
    { actor: 'system' },
  )
  // Somebody has it already: for typing, or for a better reason that stays.
  if (!isHeld) await prolongPause(ports.db, conversation.id, TYPING, pausedUntil)
}
