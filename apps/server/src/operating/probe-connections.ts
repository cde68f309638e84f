import { checkConnections } from '#connections/check-connections.ts'
import type { Ports } from '#ports/ports.ts'

/** A round asks about five grants; each costs a call or two of the app's hour. */
const ROUNDS_MAX = 4

/**
 * Asks Meta now about the grants whose look is due first, as the daily look does, and keeps what it says.
 *
 * @returns how many were asked about.
 */
export async function probeConnections(
  ports: Pick<Ports, 'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'metrics' | 'log'>,
): Promise<number> {
  let asked = 0
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const checked = await checkConnections(ports, { tenants: null, force: true })
    if (checked === 0) break
    asked += checked
  }
  return asked
}
