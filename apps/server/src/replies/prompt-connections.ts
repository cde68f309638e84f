import type { Clock } from '#ports/clock.ts'
import type { Queryable } from '#ports/database.ts'
import type { ConnectionKey } from '#conversations/schema.ts'
import { findPromptConnections } from './store-answers.ts'

/** Whoever takes the quiet time away waits so long for the shorter way; whoever sets one has it at once. */
const KNOWN_MS = 10_000
const CONNECTIONS_MAX = 10_000

/** Which connections answer without a quiet time: most have one, and their lines need not be looked at twice. */
export class PromptConnections {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #known = new Map<string, { readonly isPrompt: boolean; readonly untilMs: number }>()

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  async among(db: Queryable, connections: readonly ConnectionKey[]): Promise<Set<string>> {
    const nowMs = this.#clock.monotonicMs()
    const prompt = new Set<string>()
    const unknown = new Map<string, ConnectionKey>()
    for (const connection of connections) {
      const known = this.#known.get(connection.connectionId)
      if (known === undefined || known.untilMs <= nowMs) {
        unknown.set(connection.connectionId, connection)
      } else if (known.isPrompt) prompt.add(connection.connectionId)
    }
    if (unknown.size === 0) return prompt
    const found = new Set(await findPromptConnections(db, [...unknown.values()]))
    if (this.#known.size + unknown.size > CONNECTIONS_MAX) this.#known.clear()
    for (const id of unknown.keys()) {
      this.#known.set(id, { isPrompt: found.has(id), untilMs: nowMs + KNOWN_MS })
      if (found.has(id)) prompt.add(id)
    }
    return prompt
  }
}
