import type { Ports } from '#ports/ports.ts'
import { changeMode } from './change-mode.ts'
import { TYPING } from './hold-for-typing.ts'
import { findOverduePauses } from './store-conversations.ts'

/**
 * Resumes the automation where its pause is over. Lines written meanwhile were the business's to answer, unless the
 * pause was only somebody typing.
 */
export async function endPauses(ports: Pick<Ports, 'db' | 'clock' | 'signals'>): Promise<void> {
  for (const { id, mode_reason } of await findOverduePauses(
    ports.db,
    new Date(ports.clock.now()),
  )) {
    const answerWaiting = mode_reason === TYPING
    await changeMode(ports, id, { to: 'automated', answerWaiting }, { actor: 'system' })
  }
}
