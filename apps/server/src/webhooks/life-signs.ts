import { markEventReceived } from '#connections/mark-event-received.ts'
import type { Ports } from '#ports/ports.ts'
import type { SignOfLife } from './ingest-deliveries.ts'

/** A connection's "last event" is written at most so often by one process. */
const PAUSE_MS = 5000
/** What was noted is written together after so long. */
const WRITE_AFTER_MS = 1000
/** Connections remembered at once. */
const CONNECTIONS_MAX = 10_000

/** Notes when Meta last talked to each connection: a sign of life, not a count, so most signs cost nothing. */
export class LifeSigns implements AsyncDisposable {
  readonly #ports: Pick<Ports, 'db' | 'clock' | 'log'>
  readonly #notedMs = new Map<string, number>()
  #unwritten: SignOfLife[] = []
  #newestMs = 0
  #timer: NodeJS.Timeout | undefined

  constructor(ports: Pick<Ports, 'db' | 'clock' | 'log'>) {
    this.#ports = ports
  }

  note(signs: readonly SignOfLife[]): void {
    const nowMs = this.#ports.clock.monotonicMs()
    for (const sign of signs) {
      const key = `${sign.connectionId} ${sign.isMessage}`
      const notedMs = this.#notedMs.get(key)
      if (notedMs !== undefined && nowMs - notedMs < PAUSE_MS) continue
      if (this.#notedMs.size >= CONNECTIONS_MAX) this.#notedMs.clear()
      this.#notedMs.set(key, nowMs)
      this.#unwritten.push(sign)
      this.#newestMs = this.#ports.clock.now()
    }
    if (this.#unwritten.length > 0) {
      this.#timer ??= setTimeout(() => void this.#write(), WRITE_AFTER_MS)
    }
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const signs = this.#unwritten
    this.#unwritten = []
    if (signs.length === 0) return
    try {
      await markEventReceived(this.#ports.db.relaxed, new Date(this.#newestMs), signs)
    } catch (error) {
      this.#ports.log.warn({ err: error }, 'the last events could not be noted; the next ones are')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#write()
  }
}
