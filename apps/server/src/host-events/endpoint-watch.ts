import type { HostEventType } from '@parley/contract/host-event.ts'
import type { Ports } from '#ports/ports.ts'
import { selectWanted } from './store-endpoints.ts'
import type { Wanted } from './store-endpoints.ts'

/** Whoever asks later than this is told that somebody may want it. Workers renew it twice as often. */
const KNOWN_MS = 2_000

type Touched = Pick<Ports, 'db' | 'clock' | 'signals'>

/**
 * What the active endpoints want, in memory, so that a happening nobody wants costs nothing.
 *
 * An endpoint made in this process counts at once; one made in another from its signal on (a tenth of a second), and
 * two seconds later at the latest, should the signal be lost. What is not known counts as wanted: the statement that
 * writes the event looks for itself.
 */
class EndpointWatch {
  readonly #ports: Touched
  /** By tenant; null: of every tenant. */
  #wanted: ReadonlyMap<string | null, readonly Wanted[]> = new Map()
  #loadedMs = Number.NEGATIVE_INFINITY
  #loading = false
  /** Counts changes, so that what was read before one is not kept. */
  #changes = 0

  constructor(ports: Touched) {
    this.#ports = ports
    ports.signals.onHappening(({ kind }) => {
      if (kind !== 'host_endpoint') return
      this.#changes += 1
      this.#loadedMs = Number.NEGATIVE_INFINITY
    })
  }

  /** May some endpoint want this? */
  wants(type: HostEventType, tenantId: string): boolean {
    const ageMs = this.#ports.clock.monotonicMs() - this.#loadedMs
    if (ageMs > KNOWN_MS) {
      // The next one finds it; whatever keeps it from being read, nothing is known and everything is wanted.
      this.renew().catch(() => undefined)
      return true
    }
    return this.#isOf(null, type) || this.#isOf(tenantId, type)
  }

  #isOf(owner: string | null, type: HostEventType): boolean {
    const wanted = this.#wanted.get(owner)
    return wanted?.some(({ events }) => events === null || events.includes(type)) ?? false
  }

  /** Reads what is wanted now. */
  async renew(): Promise<void> {
    if (this.#loading) return
    this.#loading = true
    const changes = this.#changes
    const beganMs = this.#ports.clock.monotonicMs()
    try {
      const wanted = await selectWanted(this.#ports.db)
      if (changes !== this.#changes) return
      this.#wanted = Map.groupBy(wanted, ({ tenant_id }) => tenant_id)
      this.#loadedMs = beganMs
    } finally {
      this.#loading = false
    }
  }
}

const watches = new WeakMap<object, EndpointWatch>()

/** One watch per process, found by its signals. */
export function endpointWatchOf(ports: Touched): EndpointWatch {
  let watch = watches.get(ports.signals)
  if (watch === undefined) {
    watch = new EndpointWatch(ports)
    watches.set(ports.signals, watch)
  }
  return watch
}
