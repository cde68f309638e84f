import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery } from '@parley/contract/delivery.ts'
import type { Ports } from '#ports/ports.ts'
import type { DeliveryRow } from './store-list.ts'
import { countStates } from './store-replay.ts'

const LOOK_PAUSE_MS = 200
/** Without any delivery being worked for so long, nobody works them. */
const STILL_MS_MAX = 15_000
const ROWS_AT_ONCE = 5_000

export type StateCounts = Readonly<Record<Delivery['state'], number>>

/**
 * Waits until workers have worked these deliveries, or seem to be none. @param onLook how many of them are worked.
 *
 * @returns what became of them; `stored` still wait.
 */
export async function awaitWorked(
  ports: Pick<Ports, 'db' | 'clock'>,
  rows: readonly Pick<DeliveryRow, 'id' | 'part'>[],
  onLook: (worked: number) => void,
): Promise<StateCounts> {
  let movedAtMs = ports.clock.monotonicMs()
  let waiting = Number.POSITIVE_INFINITY
  for (;;) {
    const counts = await countAll(ports, rows)
    onLook(rows.length - counts.stored)
    const nowMs = ports.clock.monotonicMs()
    if (counts.stored < waiting) movedAtMs = nowMs
    waiting = counts.stored
    if (waiting === 0 || nowMs - movedAtMs > STILL_MS_MAX) return counts
    await sleep(LOOK_PAUSE_MS)
  }
}

async function countAll(
  { db }: Pick<Ports, 'db'>,
  rows: readonly Pick<DeliveryRow, 'id' | 'part'>[],
): Promise<StateCounts> {
  const counts = { stored: 0, processed: 0, partly_understood: 0, not_understood: 0 }
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    for (const { state, count } of await countStates(db, rows.slice(at, at + ROWS_AT_ONCE))) {
      counts[state] += count
    }
  }
  return counts
}
