import { AppError } from '@parley/contract/app-error.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import { isPassingFailure } from '#ports/database-failure.ts'
import type { Ports } from '#ports/ports.ts'
import type { Lane } from './schema.ts'
import { failLane, releaseLanes } from './store-lanes.ts'
import type { Release } from './store-lanes.ts'

/** A step that throws this often in a row parks its conversation, where people see it. */
const FAILURES_MAX = 5

/** Gives lanes back, whatever became of their step; `free` is called as each is. */
export class LaneKeeper {
  readonly #ports: Pick<Ports, 'db' | 'clock' | 'log' | 'signals'>

  constructor(ports: Pick<Ports, 'db' | 'clock' | 'log' | 'signals'>) {
    this.#ports = ports
  }

  async release(releases: readonly Release[], free: (lane: Lane) => void): Promise<void> {
    if (releases.length === 0) return
    const ports = this.#ports
    const released = await releaseLanes(ports.db.relaxed, releases)
    for (const { lane } of releases) free(lane)
    // One that gets ready later is waited for by whoever looks now.
    if (released.some(({ ready }) => ready !== null)) ports.signals.wake('lanes')
  }

  /** Runs what concerns one lane alone: whatever it throws is that lane's, counted, and in the end parks it. */
  async alone(
    lane: Lane,
    run: () => Promise<Release | undefined>,
    free: (lane: Lane) => void,
  ): Promise<void> {
    const ports = this.#ports
    try {
      const release = await run()
      if (release !== undefined) await this.release([release], free)
    } catch (error) {
      // Nothing is wrong with the conversation: the database was away, or two statements met.
      const counts = !isPassingFailure(error)
      const failures = lane.failures + (counts ? 1 : 0)
      const code: ErrorCode = error instanceof AppError ? error.code : 'automation/step-failed'
      const isLast = counts && failures >= FAILURES_MAX
      ports.log.error(
        { err: error, conversationId: lane.conversationId, failures, parked: isLast },
        'a conversation’s step failed',
      )
      await failLane(
        ports.db,
        lane,
        isLast
          ? { parkedFor: code, at: new Date(ports.clock.now()) }
          : { waitMs: 500 * 2 ** failures, counts },
      )
      if (isLast) this.tell(lane)
      free(lane)
      if (!isLast) ports.signals.wake('lanes')
    }
  }

  /** Dashboards look at the conversation again. */
  tell(lane: Lane): void {
    const { conversationId, connectionId, tenantId } = lane
    this.#ports.signals.tell([{ kind: 'conversation', id: conversationId, connectionId, tenantId }])
  }
}

/** Waits for all, then throws what the first threw: a lane is given back only when nothing works on it any more. */
export async function allOver(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
