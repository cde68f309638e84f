import type { Ports } from '#ports/ports.ts'
import type { UsableGrant } from './schema.ts'

/** No token stays in memory longer. */
const KEPT_MS_MAX = 60_000
const KEPT_MAX = 5_000

/** A token in hand and the moment its life ends, in Unix ms. */
export type Kept = { readonly grant: UsableGrant; readonly endsAtMs: number | undefined }

/**
 * Tokens in hand, per connection: at most a minute, at most five thousand; the oldest goes first. A change told by any
 * process (disconnect, reconnect, loss) empties the entry at once.
 */
export class GrantCache {
  readonly #kept = new Map<string, Kept>()
  readonly #loading = new Map<string, { tenantId: string; kept: Promise<Kept> }>()

  constructor(signals: Ports['signals']) {
    signals.onHappening((happening) => {
      if (happening.kind === 'connection') this.forget(happening.id)
    })
  }

  find(connectionId: string, now: { nowMs: number; monotonicMs: number }): UsableGrant | undefined {
    const kept = this.#kept.get(connectionId)
    if (kept === undefined) return undefined
    const isOld = now.monotonicMs - kept.grant.fetchedAtMs >= KEPT_MS_MAX
    const isOver = kept.endsAtMs !== undefined && kept.endsAtMs <= now.nowMs
    if (!isOld && !isOver) return kept.grant
    this.#kept.delete(connectionId)
    return undefined
  }

  /** One unsealing for all who ask at once. What was forgotten meanwhile is handed out, but not kept. */
  async load(
    { tenantId, connectionId }: { tenantId: string; connectionId: string },
    unseal: () => Promise<Kept>,
  ): Promise<UsableGrant> {
    const known = this.#loading.get(connectionId)
    if (known?.tenantId === tenantId) return (await known.kept).grant
    const own = { tenantId, kept: unseal() }
    this.#loading.set(connectionId, own)
    try {
      const kept = await own.kept
      if (this.#loading.get(connectionId) === own) this.#keep(kept)
      return kept.grant
    } finally {
      if (this.#loading.get(connectionId) === own) this.#loading.delete(connectionId)
    }
  }

  #keep({ grant, endsAtMs }: Kept): void {
    for (const [id, kept] of this.#kept) {
      const isOld = grant.fetchedAtMs - kept.grant.fetchedAtMs >= KEPT_MS_MAX
      if (!isOld && this.#kept.size < KEPT_MAX) break
      this.#kept.delete(id)
    }
    // Set anew, so that the map's order is the order of age.
    this.#kept.delete(grant.connectionId)
    this.#kept.set(grant.connectionId, { grant, endsAtMs })
  }

  forget(connectionId: string): void {
    this.#loading.delete(connectionId)
    this.#kept.delete(connectionId)
  }
}

const caches = new WeakMap<object, GrantCache>()

/** One cache per process, found by its vault; tests that open another vault have another cache. */
export function grantCacheOf(ports: Pick<Ports, 'vault' | 'signals'>): GrantCache {
  let cache = caches.get(ports.vault)
  if (cache === undefined) {
    cache = new GrantCache(ports.signals)
    caches.set(ports.vault, cache)
  }
  return cache
}
