import type { Ports } from '#ports/ports.ts'
import { addMeasures } from './store-measures.ts'

/** How often each process adds what it counted. */
export const WRITE_MEASURES_PAUSE_MS = 60_000

/** Counts are kept by times of this length: what happened within the last hour is known to five minutes. */
const MEASURE_MS = 5 * 60_000

/** Adds what this process counted to what all processes did. What cannot be written stays for the next time. */
export async function writeMeasures(
  ports: Pick<Ports, 'db' | 'clock' | 'measures'>,
): Promise<void> {
  const counted = ports.measures.take()
  if (counted.length === 0) return
  const nowMs = ports.clock.now()
  try {
    await addMeasures(ports.db.relaxed, new Date(nowMs - (nowMs % MEASURE_MS)), counted)
  } catch (error) {
    ports.measures.putBack(counted)
    throw error
  }
}
