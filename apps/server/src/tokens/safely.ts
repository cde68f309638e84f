import type { Ports } from '#ports/ports.ts'
import type { LeasedGrant } from './schema.ts'
import { writeFailed } from './store-due.ts'

const PAUSE_MS = 6 * 60 * 60 * 1000

/**
 * Works on one leased grant so that whatever is wrong with it stays its own: something nobody thought of is told in the
 * log, and the grant waits some hours, while its neighbours go on.
 */
export async function safely<Outcome>(
  ports: Pick<Ports, 'db' | 'clock' | 'log'>,
  held: LeasedGrant,
  work: () => Promise<Outcome>,
): Promise<Outcome | 'failed'> {
  try {
    return await work()
  } catch (error) {
    ports.log.error({ err: error, grant: held.id }, 'a grant could not be worked on')
    const nowMs = ports.clock.now()
    await writeFailed(ports.db, held, {
      failure: { class: 'unforeseen', code: null, subcode: null },
      retryAt: new Date(nowMs + PAUSE_MS),
      at: new Date(nowMs),
    })
    return 'failed'
  }
}
