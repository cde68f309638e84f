import type { Ports } from '#ports/ports.ts'
import { forgetLateChoices } from './store-states.ts'
import { deleteOldSessions } from './store.ts'

/** Links and trips are kept for two days after their end: long enough to answer what happened. */
const KEPT_MS = 2 * 24 * 60 * 60 * 1000

/** Destroys tokens of pickers nobody finished, and forgets links and trips long over. */
export async function cleanSessions(ports: Pick<Ports, 'db' | 'clock'>): Promise<void> {
  const nowMs = ports.clock.now()
  await forgetLateChoices(ports.db, new Date(nowMs))
  await deleteOldSessions(ports.db, new Date(nowMs - KEPT_MS))
}
