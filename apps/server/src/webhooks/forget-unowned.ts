import type { Ports } from '#ports/ports.ts'
import { forgetUnowned as forget } from './store.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const KEPT_MS = 7 * DAY_MS
/** Long enough for somebody to mend what failed and work it again. */
const GIVEN_UP_KEPT_MS = 90 * DAY_MS

/** Deletes bodies nobody owns or could read after seven days, and those that were given up after ninety. */
export async function forgetUnowned(ports: Pick<Ports, 'db' | 'clock'>): Promise<void> {
  const nowMs = ports.clock.now()
  await forget(ports.db, {
    received: new Date(nowMs - KEPT_MS),
    givenUp: new Date(nowMs - GIVEN_UP_KEPT_MS),
  })
}
