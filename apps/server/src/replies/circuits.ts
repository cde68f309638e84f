import type { Clock } from '#ports/clock.ts'

/** In a row on one connection. */
const CONNECTION_FAILURES_MAX = 3
/** Across a host, within the time below. */
const HOST_FAILURES_MAX = 5
const HOST_SPAN_MS = 5000
/** A harmless call asks whether Meta answers again; these are the pauses before each. */
const PROBE_MS = [500, 1000, 2000, 4000, 5000] as const
/** After being throttled; the fact sheet's back-off, from a second on. */
const HOLD_MS_MIN = 1000
const HOLD_MS_MAX = 5 * 60 * 1000
/** Connections remembered at once. */
const CONNECTIONS_MAX = 10_000

/** A connection and the host it calls. */
export type Line = {
  readonly tenantId: string
  readonly connectionId: string
  readonly host: string
}

type Circuit = {
  readonly line: Line
  failures: number
  /** Pauses Meta asked for in a row. */
  holds: number
  heldUntilMs: number
  /** Undefined: closed. */
  open: { probes: number } | undefined
}

export type CircuitEvents = {
  /** Makes the harmless call; true when Meta answered. */
  readonly probe: (line: Line) => Promise<boolean>
  /** Meta answers again for these. */
  readonly onClosed: (connectionIds: readonly string[]) => void
}

/**
 * Stops sending where Meta does not answer, so that an outage costs probes and not one doubt per message.
 *
 *     closed ──three in a row on a connection, or five across its host in 5 s──▶ open
 *     open ──probe succeeds──▶ closed      open ──probe fails──▶ open, the next probe later
 */
export class Circuits implements Disposable {
  readonly #clock: Clock
  readonly #events: CircuitEvents
  readonly #connections = new Map<string, Circuit>()
  readonly #hosts = new Map<
    string,
    { failedAtMs: number[]; open: { probes: number } | undefined }
  >()
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(clock: Clock, events: CircuitEvents) {
    this.#clock = clock
    this.#events = events
  }

  /** Connections nothing may be sent for now. */
  blocked(): string[] {
    return [...this.#connections].flatMap(([id, circuit]) =>
      circuit.open !== undefined || this.#hosts.get(circuit.line.host)?.open !== undefined
        ? [id]
        : [],
    )
  }

  /** How many connections, and how many of Meta's hosts, nothing is sent to by themselves. */
  openCounts(): { connections: number; hosts: number } {
    const count = (circuits: Iterable<{ open: object | undefined }>): number =>
      [...circuits].filter(({ open }) => open !== undefined).length
    return { connections: count(this.#connections.values()), hosts: count(this.#hosts.values()) }
  }

  isOpen({ connectionId, host }: Line): boolean {
    return (
      this.#connections.get(connectionId)?.open !== undefined ||
      this.#hosts.get(host)?.open !== undefined
    )
  }

  /**
   * Meta asked for a pause: nothing is sent for this connection until it is over, for calls made while throttled
   * lengthen the block. Each pause in a row is twice as long, unless Meta names one.
   *
   * @returns how long to wait.
   */
  hold(line: Line, askedMs: number | undefined): number {
    const circuit = this.#circuitOf(line)
    const nowMs = this.#clock.monotonicMs()
    if (circuit.open !== undefined) return Math.max(circuit.heldUntilMs - nowMs, HOLD_MS_MIN)
    circuit.holds += 1
    const waitMs = askedMs ?? Math.min(HOLD_MS_MAX, HOLD_MS_MIN * 2 ** (circuit.holds - 1))
    circuit.open = { probes: 0 }
    circuit.heldUntilMs = nowMs + waitMs
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#closeConnection(line.connectionId)
    }, waitMs)
    this.#timers.add(timer)
    return waitMs
  }

  /** A message was taken. */
  sent(line: Line): void {
    this.answered(line)
    this.#circuitOf(line).holds = 0
  }

  /** Meta answered, whatever it said. */
  answered(line: Line): void {
    const { host } = line
    const circuit = this.#circuitOf(line)
    circuit.failures = 0
    const atHost = this.#hosts.get(host)
    if (atHost !== undefined && atHost.open === undefined) atHost.failedAtMs = []
  }

  /** No answer, or one that says "later". */
  failed(line: Line): void {
    const { connectionId, host } = line
    const circuit = this.#circuitOf(line)
    circuit.failures += 1
    if (circuit.open === undefined && circuit.failures >= CONNECTION_FAILURES_MAX) {
      circuit.open = { probes: 0 }
      this.#schedule(circuit.open, line, () => this.#closeConnection(connectionId))
    }
    const nowMs = this.#clock.monotonicMs()
    const atHost = this.#hosts.get(host) ?? { failedAtMs: [], open: undefined }
    this.#hosts.set(host, atHost)
    atHost.failedAtMs = [...atHost.failedAtMs, nowMs].filter((at) => nowMs - at < HOST_SPAN_MS)
    if (atHost.open === undefined && atHost.failedAtMs.length >= HOST_FAILURES_MAX) {
      atHost.open = { probes: 0 }
      this.#schedule(atHost.open, line, () => this.#closeHost(host))
    }
  }

  #circuitOf(line: Line): Circuit {
    let circuit = this.#connections.get(line.connectionId)
    if (circuit === undefined) {
      if (this.#connections.size >= CONNECTIONS_MAX) this.#forgetClosed()
      circuit = { line, failures: 0, holds: 0, heldUntilMs: 0, open: undefined }
      this.#connections.set(line.connectionId, circuit)
    }
    return circuit
  }

  #forgetClosed(): void {
    for (const [id, circuit] of this.#connections) {
      if (circuit.open === undefined) this.#connections.delete(id)
    }
  }

  #schedule(open: { probes: number }, line: Line, close: () => void): void {
    const waitMs = PROBE_MS[Math.min(open.probes, PROBE_MS.length - 1)]
    open.probes += 1
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void this.#events.probe(line).then((isAnswering) => {
        if (isAnswering) close()
        else this.#schedule(open, line, close)
      })
    }, waitMs)
    this.#timers.add(timer)
  }

  #closeConnection(connectionId: string): void {
    const circuit = this.#connections.get(connectionId)
    if (circuit === undefined) return
    circuit.open = undefined
    circuit.failures = 0
    this.#events.onClosed([connectionId])
  }

  #closeHost(host: string): void {
    this.#hosts.delete(host)
    const closed: string[] = []
    for (const [id, circuit] of this.#connections) {
      if (circuit.line.host !== host) continue
      circuit.open = undefined
      circuit.failures = 0
      closed.push(id)
    }
    this.#events.onClosed(closed)
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
