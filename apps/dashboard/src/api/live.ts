import type { QueryClient, QueryKey } from '@tanstack/react-query'
import { StreamEvent } from '@parley/contract/stream.ts'
import { api } from '#paths.ts'
import { keys } from './keys.ts'

/** A burst of events becomes one round of reading again. */
const COALESCE_MS = 120
const REOPEN_MS_MIN = 1_000
const REOPEN_MS_MAX = 30_000

/**
 * What has to be read again after an event.
 *
 * @internal exported for its test
 */
export function staleAfter(event: StreamEvent): readonly QueryKey[] {
  switch (event.kind) {
    case 'conversation':
      return [keys.conversations(), keys.conversation(event.id), keys.messages(event.id)]
    case 'connection':
      return [keys.connections(), keys.alerts(), keys.automation(event.id)]
    case 'delivery':
      return [keys.deliveries(), keys.delivery(event.id), keys.setup(), keys.metaCalls()]
    case 'tenant':
      return [
        keys.connections(),
        keys.conversations(),
        keys.deliveries(),
        keys.tenants(),
        keys.tenant(event.id),
      ]
    case 'host_endpoint':
      return [keys.endpoints(), keys.endpoint(event.id), keys.hostEvents()]
    case 'meta_call':
      return [keys.setup(), keys.metaCalls()]
  }
}

/**
 * Keeps the cache as new as the server: listens to `/v1/stream` while a signed-in page is open.
 *
 * `idle` → `start()` → `connecting` → `live`; a break goes back to `connecting`. The browser repeats
 * a broken connection by itself; a refused one (the server restarts behind a proxy) is opened again
 * here, later each time. What happened meanwhile is unknown, so after a break everything is read again.
 */
export class LiveStream {
  readonly #queryClient: QueryClient
  readonly #listeners = new Set<() => void>()
  readonly #pending = new Map<string, QueryKey>()
  #source: EventSource | undefined
  #state: 'idle' | 'connecting' | 'live' = 'idle'
  #wasLive = false
  #reopenMs = REOPEN_MS_MIN
  #reopenTimer: ReturnType<typeof setTimeout> | undefined
  #flushTimer: ReturnType<typeof setTimeout> | undefined
  #isFlushing = false

  constructor(queryClient: QueryClient) {
    this.#queryClient = queryClient
  }

  start(): void {
    if (this.#state !== 'idle') return
    this.#wasLive = false
    this.#open()
  }

  stop(): void {
    clearTimeout(this.#reopenTimer)
    clearTimeout(this.#flushTimer)
    this.#flushTimer = undefined
    this.#pending.clear()
    this.#source?.close()
    this.#source = undefined
    this.#become('idle')
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly state = (): 'idle' | 'connecting' | 'live' => this.#state

  /** True after a break, not while the first connection is made. */
  readonly isBroken = (): boolean => this.#state === 'connecting' && this.#wasLive

  #open(): void {
    this.#become('connecting')
    const source = new EventSource(api.stream(), { withCredentials: true })
    this.#source = source
    source.addEventListener('open', () => {
      this.#reopenMs = REOPEN_MS_MIN
      if (this.#wasLive) void this.#queryClient.invalidateQueries()
      this.#wasLive = true
      this.#become('live')
    })
    source.addEventListener('message', (message: MessageEvent<string>) => {
      this.#take(message.data)
    })
    source.addEventListener('error', () => {
      this.#become('connecting')
      if (source.readyState === EventSource.CLOSED) this.#reopenLater()
    })
  }

  #reopenLater(): void {
    this.#reopenTimer = setTimeout(() => {
      // A session that ended shows itself here: the page's own reading is then refused.
      void this.#queryClient.invalidateQueries({ queryKey: keys.conversations() })
      this.#open()
    }, this.#reopenMs)
    this.#reopenMs = Math.min(this.#reopenMs * 2, REOPEN_MS_MAX)
  }

  #take(data: string): void {
    const event = StreamEvent.safeParse(parse(data))
    if (!event.success) return
    for (const key of staleAfter(event.data)) this.#pending.set(JSON.stringify(key), key)
    this.#flushSoon()
  }

  /** One round of reading at a time: a steady stream of events would else cancel every round before its end. */
  #flushSoon(): void {
    if (this.#isFlushing || this.#pending.size === 0) return
    this.#flushTimer ??= setTimeout(() => {
      const stale = [...this.#pending.values()]
      this.#pending.clear()
      this.#flushTimer = undefined
      this.#isFlushing = true
      const read = stale.map((queryKey) => this.#queryClient.invalidateQueries({ queryKey }))
      void Promise.all(read).finally(() => {
        this.#isFlushing = false
        this.#flushSoon()
      })
    }, COALESCE_MS)
  }

  #become(state: 'idle' | 'connecting' | 'live'): void {
    if (this.#state === state) return
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
