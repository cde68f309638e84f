import type { Ports } from '#ports/ports.ts'
import { analyze, findOutgrown } from './store-statistics.ts'

const LOOK_MS = 3000

/**
 * Tells the planner of tables that grow faster than the database's own housekeeping looks: a young installation
 * under its first load. Once tables are large this never acts, and the housekeeping does.
 */
export class StatisticsKeeper implements AsyncDisposable {
  readonly #ports: Pick<Ports, 'db' | 'log'>
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(ports: Pick<Ports, 'db' | 'log'>) {
    this.#ports = ports
    this.#schedule()
  }

  #schedule(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().finally(() => this.#schedule())
    }, LOOK_MS)
  }

  async #look(): Promise<void> {
    const { db, log } = this.#ports
    try {
      for (const table of await findOutgrown(db.relaxed)) await analyze(db.relaxed, table)
    } catch (error) {
      // A role that may not, or a database that is away: plans are as they were.
      log.debug({ err: error }, 'statistics could not be renewed')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#looking
  }
}
