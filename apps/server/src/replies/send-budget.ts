import { SENDS_PER_SECOND } from '@parley/instagram/limits.ts'
import type { Ports } from '#ports/ports.ts'
import { takeSends } from './store-budgets.ts'

/** Sends taken at once for an account under load, so that not every message costs a statement. */
const CHUNK = 8
/** What was taken and not used is forgotten after this; the bucket has refilled by then. */
const CHUNK_LIFE_MS = 1000
/** So long after an account had too little, new lines stand behind those that wait. */
const SHORT_MS = 1000
/** Accounts remembered at once. */
const ACCOUNTS_MAX = 10_000

/** This process's share of Meta's send limit per account. The bucket itself is in the database, for all workers. */
export class SendBudget {
  readonly #ports: Pick<Ports, 'db' | 'clock'>
  readonly #chunks = new Map<string, { left: number; untilMs: number }>()
  readonly #shortUntilMs = new Map<string, number>()

  constructor(ports: Pick<Ports, 'db' | 'clock'>) {
    this.#ports = ports
  }

  /** Sends that were granted and are not made: the next of the account take them. */
  giveBack(connectionId: string, count: number): void {
    const chunk = this.#chunks.get(connectionId)
    if (chunk !== undefined) chunk.left = Math.min(SENDS_PER_SECOND, chunk.left + count)
  }

  /** The account had less than was asked a moment ago: who waits already comes first. */
  isShort(connectionId: string): boolean {
    return (this.#shortUntilMs.get(connectionId) ?? 0) > this.#ports.clock.monotonicMs()
  }

  /** How many of the asked sends each connection may make now. */
  async take(asked: ReadonlyMap<string, number>): Promise<Map<string, number>> {
    const nowMs = this.#ports.clock.monotonicMs()
    const granted = new Map<string, number>()
    const missing: { connectionId: string; count: number }[] = []
    for (const [connectionId, count] of asked) {
      const chunk = this.#chunks.get(connectionId)
      const left = chunk !== undefined && chunk.untilMs > nowMs ? chunk.left : 0
      const used = Math.min(left, count)
      if (chunk !== undefined) chunk.left = left - used
      granted.set(connectionId, used)
      if (used < count) missing.push({ connectionId, count: Math.max(count - used, CHUNK) })
    }
    if (missing.length === 0) return granted

    for (const row of await takeSends(this.#ports.db.relaxed, missing, SENDS_PER_SECOND)) {
      const before = granted.get(row.connection_id) ?? 0
      const wanted = (asked.get(row.connection_id) ?? 0) - before
      const used = Math.min(wanted, row.granted)
      granted.set(row.connection_id, before + used)
      if (used < wanted) this.#noteShort(row.connection_id, nowMs)
      if (this.#chunks.size >= ACCOUNTS_MAX) this.#chunks.clear()
      this.#chunks.set(row.connection_id, {
        left: row.granted - used,
        untilMs: nowMs + CHUNK_LIFE_MS,
      })
    }
    return granted
  }

  #noteShort(connectionId: string, nowMs: number): void {
    if (this.#shortUntilMs.size >= ACCOUNTS_MAX) this.#shortUntilMs.clear()
    this.#shortUntilMs.set(connectionId, nowMs + SHORT_MS)
  }
}
