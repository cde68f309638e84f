import type { Ports } from '#ports/ports.ts'
import { firstIdAt } from './first-id-at.ts'
import { deleteEventsBefore } from './store-events.ts'

/** A host that was away for a month reads the rest from the API. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000
const BATCH_MAX = 1_000

/** Forgets events thirty days old, and what became of them, whether told or not. */
export async function forgetOldEvents(ports: Pick<Ports, 'db' | 'clock'>): Promise<void> {
  const id = firstIdAt(ports.clock.now() - KEPT_MS)
  const forgetSome = async (): Promise<number> =>
    await ports.db.transaction(async (db) => await deleteEventsBefore(db, id, BATCH_MAX))
  while ((await forgetSome()) === BATCH_MAX);
}
