import type { Ports } from '#ports/ports.ts'
import { changeMode } from './change-mode.ts'
import { findOverduePauses } from './store-conversations.ts'

/** Resumes the automation where its pause is over. Lines written meanwhile were the person's of the business to answer. */
export async function endPauses(ports: Pick<Ports, 'db' | 'clock' | 'signals'>): Promise<void> {
  for (const { id } of await findOverduePauses(ports.db, new Date(ports.clock.now()))) {
    await changeMode(ports, id, { to: 'automated', answerWaiting: false }, { actor: 'system' })
  }
}
