import { isPassingFailure } from '#ports/database-failure.ts'
import type { Ports } from '#ports/ports.ts'
import type { LeasedGrant } from './schema.ts'
import { pause, writeFailed } from './store-due.ts'

const MINUTE_MS = 60_000
/** Our own trouble, a key service or a lock, is over before long. */
const PASSING_MS = 5 * MINUTE_MS
const PAUSE_MS = 6 * 60 * MINUTE_MS

/**
 * Works on one leased grant so that whatever is wrong with it stays its own: something nobody thought of is told in the
 * log, and the grant waits some hours, while its neighbours go on. Where our database or key service was away for a
 * moment, it waits minutes, and nothing is held against it.
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
    if (isPassingFailure(error)) {
      await pause(ports.db, held, new Date(nowMs + PASSING_MS))
      return 'failed'
    }
    await writeFailed(ports.db, held, {
      failure: { class: 'unforeseen', code: null, subcode: null },
      retryAt: new Date(nowMs + PAUSE_MS),
      at: new Date(nowMs),
    })
    return 'failed'
  }
}
