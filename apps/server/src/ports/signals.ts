import type { Database, DatabaseSession } from './database.ts'
import { sql } from './database.ts'
import type { StreamEvent } from '@parley/contract/stream.ts'

/** What happened, for whoever watches: ids and kinds, never content. */
export type Happening = StreamEvent & { tenantId: string | null }

type Work = 'deliveries' | 'lanes' | 'people' | 'host-events'

/**
 * Wakes. They only save waiting time: whoever misses one polls within a second, so losing a wake loses nothing.
 * Inside the process they are calls, between processes NOTIFY, one for a whole flush.
 */
export interface Signals extends AsyncDisposable {
  /**
   * Wakes this process at once, or, when nobody here does such work, the others by NOTIFY. Call it after the commit.
   */
  wake(work: Work): void
  onWork(work: Work, listener: () => void): () => void
  /** Tells dashboards. Call it after the commit. */
  tell(happenings: readonly Happening[]): void
  onHappening(listener: (happening: Happening) => void): () => void
}

const WORK_CHANNEL = 'parley_work'
const STREAM_CHANNEL = 'parley_stream'
/** PostgreSQL refuses payloads of 8,000 bytes and more. */
const PAYLOAD_BYTES_MAX = 7_500
const WORK_PAUSE_MS = 10
/** Dashboards read again what changed; several changes of one thing within this time are one. */
const STREAM_PAUSE_MS = 100
const RETRY_MS = 1_000

/** @param self marks this process in payloads, so that it does not hear itself. */
export async function openSignals(
  db: Database,
  self: string,
  onError: (error: Error) => void,
): Promise<Signals> {
  const listeners = createListeners()
  const outbox = createOutbox(db, self, onError)
  const ear = await listen(
    db,
    (payload, channel) => hear(listeners, self, channel, payload),
    onError,
  )
  return {
    wake(work) {
      if (!listeners.callWorkers(work)) outbox.wake(work)
    },
    onWork: listeners.onWork,
    tell(happenings) {
      for (const happening of happenings) listeners.callWatchers(happening)
      outbox.tell(happenings)
    },
    onHappening: listeners.onHappening,
    async [Symbol.asyncDispose]() {
      await outbox[Symbol.asyncDispose]()
      await ear[Symbol.asyncDispose]()
    },
  }
}

type Listeners = Pick<Signals, 'onWork' | 'onHappening'> & {
  /** Whether anybody here does such work. */
  callWorkers(work: Work): boolean
  callWatchers(happening: Happening): void
}

/** Who listens inside this process. */
function createListeners(): Listeners {
  const workers = new Map<Work, Set<() => void>>()
  const watchers = new Set<(happening: Happening) => void>()
  return {
    callWorkers(work) {
      for (const listener of workers.get(work) ?? []) listener()
      return workers.has(work)
    },
    callWatchers(happening) {
      for (const listener of watchers) listener(happening)
    },
    onWork(work, listener) {
      const listeners = workers.get(work) ?? new Set()
      workers.set(work, listeners.add(listener))
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) workers.delete(work)
      }
    },
    onHappening(listener) {
      watchers.add(listener)
      return () => watchers.delete(listener)
    },
  }
}

function hear(listeners: Listeners, self: string, channel: string, payload: string): void {
  const from = payload.slice(0, payload.indexOf(' '))
  if (from === self) return
  const body = payload.slice(from.length + 1)
  if (channel === WORK_CHANNEL) {
    // Words of this very protocol; an unknown one has no listeners.
    for (const work of body.split(',')) listeners.callWorkers(work as Work)
  } else {
    // Written by an outbox of another process of this program.
    for (const happening of JSON.parse(body) as Happening[]) listeners.callWatchers(happening)
  }
}

/** Collects for a moment what the other processes are told, so that a whole flush is one NOTIFY. */
function createOutbox(
  db: Database,
  self: string,
  onError: (error: Error) => void,
): AsyncDisposable & { wake(work: Work): void; tell(happenings: readonly Happening[]): void } {
  const pendingWork = new Set<Work>()
  const pendingHappenings = new Map<string, Happening>()
  let workTimer: NodeJS.Timeout | undefined
  let streamTimer: NodeJS.Timeout | undefined
  let closed = false

  const notify = async (channel: string, packed: readonly string[]): Promise<void> => {
    try {
      for (const payload of packed) {
        await db.relaxed.run(sql`select pg_notify(${channel}, ${payload})`)
      }
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)))
    }
  }
  const flushWork = async (): Promise<void> => {
    clearTimeout(workTimer)
    workTimer = undefined
    const work = [...pendingWork]
    pendingWork.clear()
    if (work.length > 0) await notify(WORK_CHANNEL, [`${self} ${work.join(',')}`])
  }
  const flushStream = async (): Promise<void> => {
    clearTimeout(streamTimer)
    streamTimer = undefined
    const happenings = [...pendingHappenings.values()]
    pendingHappenings.clear()
    await notify(STREAM_CHANNEL, payloads(self, happenings))
  }
  return {
    wake(work) {
      pendingWork.add(work)
      if (!closed) workTimer ??= setTimeout(() => void flushWork(), WORK_PAUSE_MS)
    },
    tell(happenings) {
      for (const happening of happenings) {
        pendingHappenings.set(`${happening.kind} ${happening.id}`, happening)
      }
      if (!closed) streamTimer ??= setTimeout(() => void flushStream(), STREAM_PAUSE_MS)
    },
    async [Symbol.asyncDispose]() {
      closed = true
      await flushWork()
      await flushStream()
    },
  }
}

/** A session that listens, opened again whenever it is lost. */
async function listen(
  db: Database,
  onPayload: (payload: string, channel: string) => void,
  onError: (error: Error) => void,
): Promise<AsyncDisposable> {
  let closed = false
  let session: DatabaseSession | undefined
  let retry: NodeJS.Timeout | undefined

  const fail = (error: unknown): void => {
    if (closed) return
    onError(error instanceof Error ? error : new Error(String(error)))
    clearTimeout(retry)
    retry = setTimeout(() => void open(), RETRY_MS)
  }
  const open = async (): Promise<void> => {
    try {
      const opened = await db.session((error) => {
        session = undefined
        fail(error)
      })
      session = opened
      opened.onNotification((channel, payload) => onPayload(payload, channel))
      await opened.run(sql`listen parley_work`)
      await opened.run(sql`listen parley_stream`)
    } catch (error) {
      fail(error)
    }
  }
  await open()
  return {
    async [Symbol.asyncDispose]() {
      closed = true
      clearTimeout(retry)
      await session?.[Symbol.asyncDispose]()
    },
  }
}

/** Packs happenings into as few payloads as fit. */
function payloads(self: string, happenings: readonly Happening[]): string[] {
  const packed: string[] = []
  let items: string[] = []
  let bytes = 0
  for (const happening of happenings) {
    const item = JSON.stringify(happening)
    if (bytes + item.length + 1 > PAYLOAD_BYTES_MAX - self.length - 3 && items.length > 0) {
      packed.push(`${self} [${items.join(',')}]`)
      items = []
      bytes = 0
    }
    items.push(item)
    bytes += item.length + 1
  }
  if (items.length > 0) packed.push(`${self} [${items.join(',')}]`)
  return packed
}
