import type { Ports } from '#ports/ports.ts'
import { changeMode } from './change-mode.ts'
import { TYPING } from './hold-for-typing.ts'
import type { ConversationRow } from './schema.ts'
import { findOverduePauses } from './store-conversations.ts'
import type { OverduePause } from './store-conversations.ts'

/**
 * Resumes the automation wherever its pause is over. Lines written meanwhile were the business's to answer, unless the
 * pause was only somebody typing. Whatever was decided about a conversation since it was found stays.
 */
export async function endPauses(ports: Pick<Ports, 'db' | 'clock' | 'signals'>): Promise<void> {
  const now = new Date(ports.clock.now())
  const resume = ({ mode, mode_reason, paused_until }: ConversationRow) => {
    const isOver = mode === 'human' && paused_until !== null && paused_until <= now
    if (!isOver) return undefined
    return { to: 'automated', answerWaiting: mode_reason === TYPING } as const
  }
  let last: OverduePause | undefined
  do {
    const found = await findOverduePauses(ports.db, now, last)
    for (const { id } of found) await changeMode(ports, id, resume, { actor: 'system' })
    last = found.at(-1)
  } while (last !== undefined)
}
