import { markEventReceived } from '#connections/mark-event-received.ts'
import type { Ports } from '#ports/ports.ts'
import type { SignOfLife } from './ingest-deliveries.ts'

/** A connection's "last event" is written at most so often by one process. */
const PAUSE_MS = 5000
/** Connections remembered at once. */
const CONNECTIONS_MAX = 10_000

/** Notes when Meta last talked to each connection: a sign of life, not a count, so most signs cost nothing. */
export class LifeSigns {
  readonly #ports: Pick<Ports, 'db' | 'clock'>
  readonly #notedMs = new Map<string, number>()

  constructor(ports: Pick<Ports, 'db' | 'clock'>) {
    this.#ports = ports
  }

  async note(signs: readonly SignOfLife[]): Promise<void> {
    const nowMs = this.#ports.clock.monotonicMs()
    const due = signs.filter(({ connectionId, isMessage }) => {
      const key = `${connectionId} ${isMessage}`
      const notedMs = this.#notedMs.get(key)
      if (notedMs !== undefined && nowMs - notedMs < PAUSE_MS) return false
      if (this.#notedMs.size >= CONNECTIONS_MAX) this.#notedMs.clear()
      this.#notedMs.set(key, nowMs)
      return true
    })
    if (due.length === 0) return
    await markEventReceived(this.#ports.db.relaxed, new Date(this.#ports.clock.now()), due)
  }
}
