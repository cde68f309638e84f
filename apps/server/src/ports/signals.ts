import type { Database, DatabaseSession } from '#ports/database.ts'
import { sql } from '#ports/database.ts'
import type { StreamEvent } from '@parley/contract/stream.ts'

/** What happened, for whoever watches: ids and kinds, never content. */
export type Happening = StreamEvent & { tenantId: string | null }

export type Work = 'deliveries' | 'lanes' | 'people'

/**
 * Wakes. They only save waiting time: whoever misses one polls within a second, so losing a wake loses nothing.
 * Inside the process they are calls, between processes NOTIFY, one for a whole flush.
 */
export interface Signals extends AsyncDisposable {
  /** Wakes this process at once and the others by NOTIFY. Call it after the commit. */
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
const NOTIFY_PAUSE_MS = 10

/** @param self marks this process in payloads, so that it does not hear itself. */
export async function openSignals(
  db: Database,
  self: string,
  onError: (error: Error) => void,
): Promise<Signals> {
  const workers = new Map<Work, Set<() => void>>()
  const watchers = new Set<(happening: Happening) => void>()
  const pendingWork = new Set<Work>()
  let pendingHappenings: Happening[] = []
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let session: DatabaseSession | undefined
  let retry: NodeJS.Timeout | undefined

  const callWorkers = (work: Work): void => {
    for (const listener of workers.get(work) ?? []) listener()
  }
  const callWatchers = (happening: Happening): void => {
    for (const listener of watchers) listener(happening)
  }

  const hear = (channel: string, payload: string): void => {
    const from = payload.slice(0, payload.indexOf(' '))
    if (from === self) return
    const body = payload.slice(from.length + 1)
    if (channel === WORK_CHANNEL) {
      // Words of this very protocol; an unknown one has no listeners.
      for (const work of body.split(',')) callWorkers(work as Work)
    } else {
      // Written by `flush` of another process of this program.
      for (const happening of JSON.parse(body) as Happening[]) callWatchers(happening)
    }
  }

  const listen = async (): Promise<void> => {
    try {
      session = await db.session((error) => {
        session = undefined
        if (closed) return
        onError(error)
        retry = setTimeout(() => void listen(), 1_000)
      })
      session.onNotification(hear)
      await session.run(sql`listen parley_work`)
      await session.run(sql`listen parley_stream`)
    } catch (error) {
      if (closed) return
      onError(error instanceof Error ? error : new Error(String(error)))
      retry = setTimeout(() => void listen(), 1_000)
    }
  }

  const flush = async (): Promise<void> => {
    timer = undefined
    const work = [...pendingWork]
    pendingWork.clear()
    const happenings = pendingHappenings
    pendingHappenings = []
    try {
      if (work.length > 0) {
        await db.run(sql`select pg_notify(${WORK_CHANNEL}, ${`${self} ${work.join(',')}`})`)
      }
      for (const payload of payloads(self, happenings)) {
        await db.run(sql`select pg_notify(${STREAM_CHANNEL}, ${payload})`)
      }
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)))
    }
  }
  const schedule = (): void => {
    if (closed) return
    timer ??= setTimeout(() => void flush(), NOTIFY_PAUSE_MS)
  }

  await listen()
  return {
    wake(work) {
      callWorkers(work)
      pendingWork.add(work)
      schedule()
    },
    onWork(work, listener) {
      const listeners = workers.get(work) ?? new Set()
      workers.set(work, listeners.add(listener))
      return () => listeners.delete(listener)
    },
    tell(happenings) {
      for (const happening of happenings) callWatchers(happening)
      pendingHappenings.push(...happenings)
      schedule()
    },
    onHappening(listener) {
      watchers.add(listener)
      return () => watchers.delete(listener)
    },
    async [Symbol.asyncDispose]() {
      closed = true
      clearTimeout(retry)
      clearTimeout(timer)
      await flush()
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
