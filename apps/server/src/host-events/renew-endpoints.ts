import type { Ports } from '#ports/ports.ts'
import { endpointWatchOf } from './endpoint-watch.ts'

export const ENDPOINTS_PAUSE_MS = 1_000

/** Reads who wants what, so that storing and sending messages need not ask. */
export async function renewEndpoints(
  ports: Pick<Ports, 'db' | 'clock' | 'signals'>,
): Promise<void> {
  await endpointWatchOf(ports).renew()
}
