import { monotonicMs } from '#monotonic.ts'
import { RawConnection } from '#raw-connection.ts'
import { requestSlab } from '#request-slab.ts'
import type { Target } from '#request-slab.ts'
import type { LinePlan } from '#line.ts'
import { watchVisible } from '#visible-watch.ts'
import type { VisibleWatch } from '#visible-watch.ts'

export type LoadJob = {
  readonly target: Target
  readonly secret: string
  readonly plan: LinePlan
  /** Lines `first` to `first + count - 1` at most. */
  readonly first: number
  readonly count: number
  readonly forMs: number
  readonly pace:
    | {
        readonly kind: 'closed'
        readonly connections: number
        /** What frees a slot for its next line: the 200, or the answer seen at the stand-in (address of its watch). */
        readonly next: 'ack' | { readonly visibleAt: string; readonly giveUpMs: number }
      }
    | { readonly kind: 'open'; readonly perSecond: number; readonly connectionsMax: number }
  /** Repeats what was not answered 200, as Meta does. */
  readonly repeat?: { readonly pauseMs: number; readonly times: number }
}

/** Times are of the machine's monotonic clock. Index n is line `first + n`. */
export type LoadResult = {
  readonly first: number
  readonly sent: number
  readonly startedAtMs: number
  readonly endedAtMs: number
  /** When it should have left: the scheduled time of an open loop, else when it left. */
  readonly dueAtMs: Float64Array
  readonly sentAtMs: Float64Array
  /** NaN: never answered 200. */
  readonly ackedAtMs: Float64Array
  /** Of the last attempt; 0: no answer. */
  readonly status: Int16Array
  readonly attempts: Int16Array
}

/**
 * Runs one load to its end: every line answered, or given up.
 *
 * @param onAcked is called with the number of lines acknowledged so far.
 */
export async function runLoad(
  job: LoadJob,
  onAcked?: (acked: number) => void,
): Promise<LoadResult> {
  const slab = requestSlab(job.plan, job, job.target, job.secret)
  const record = {
    first: job.first,
    dueAtMs: new Float64Array(job.count),
    sentAtMs: new Float64Array(job.count),
    ackedAtMs: new Float64Array(job.count).fill(Number.NaN),
    status: new Int16Array(job.count),
    attempts: new Int16Array(job.count),
  }
  let acked = 0
  const exchange = (connection: RawConnection, n: number, done: () => void): void => {
    const attempt = record.attempts[n] ?? 0
    record.attempts[n] = attempt + 1
    if (attempt === 0) record.sentAtMs[n] = monotonicMs()
    connection.send(slab.at(n), (status) => {
      record.status[n] = status
      if (status === 200) {
        record.ackedAtMs[n] = monotonicMs()
        acked += 1
        onAcked?.(acked)
        done()
      } else if (job.repeat !== undefined && attempt + 1 < job.repeat.times) {
        setTimeout(() => exchange(connection, n, done), job.repeat.pauseMs)
      } else {
        done()
      }
    })
  }
  const startedAtMs = monotonicMs()
  const sent =
    job.pace.kind === 'closed'
      ? await closedLoop(job, job.pace, record, exchange)
      : await openLoop(job, job.pace, record, exchange)
  return { ...record, sent, startedAtMs, endedAtMs: monotonicMs() }
}

type Exchange = (connection: RawConnection, n: number, done: () => void) => void
type Pace<Kind> = Extract<LoadJob['pace'], { kind: Kind }>

async function closedLoop(
  job: LoadJob,
  pace: Pace<'closed'>,
  record: { dueAtMs: Float64Array },
  exchange: Exchange,
): Promise<number> {
  const watch: VisibleWatch | undefined =
    pace.next === 'ack' ? undefined : await watchVisible(job.plan, pace.next)
  const deadline = monotonicMs() + job.forMs
  const connections = Array.from({ length: pace.connections }, () => new RawConnection(job.target))
  let next = 0
  await Promise.all(
    connections.map(
      async (connection) =>
        await new Promise<void>((finished) => {
          const step = (): void => {
            if (next >= job.count || monotonicMs() >= deadline) {
              finished()
              return
            }
            const n = next
            next += 1
            record.dueAtMs[n] = monotonicMs()
            if (watch === undefined) {
              exchange(connection, n, step)
            } else {
              // Whichever comes last frees the slot.
              let open = 2
              const done = (): void => {
                open -= 1
                if (open === 0) step()
              }
              watch.onVisible(job.first + n, done)
              exchange(connection, n, done)
            }
          }
          step()
        }),
    ),
  )
  for (const connection of connections) connection.close()
  watch?.close()
  return next
}

/**
 * Sends at fixed times whatever the server does: who waits for a slow answer before sending the next hides its slowness.
 * A line never waits for a free connection; another one is opened, up to `connectionsMax`.
 */
async function openLoop(
  job: LoadJob,
  pace: Pace<'open'>,
  record: { dueAtMs: Float64Array },
  exchange: Exchange,
): Promise<number> {
  const idle: RawConnection[] = []
  const all: RawConnection[] = []
  const waiting: number[] = []
  const count = Math.min(job.count, Math.floor((job.forMs / 1_000) * pace.perSecond))
  const start = monotonicMs() + 5
  let open = count
  await new Promise<void>((finished) => {
    const free = (connection: RawConnection): void => {
      open -= 1
      if (open === 0) finished()
      const n = waiting.shift()
      if (n === undefined) idle.push(connection)
      else exchange(connection, n, () => free(connection))
    }
    const depart = (n: number): void => {
      let connection = idle.pop()
      if (connection === undefined && all.length < pace.connectionsMax) {
        connection = new RawConnection(job.target)
        all.push(connection)
      }
      const sender = connection
      if (sender === undefined) waiting.push(n)
      else exchange(sender, n, () => free(sender))
    }
    onSchedule(
      count,
      (n) => start + (n * 1_000) / pace.perSecond,
      (n, dueAtMs) => {
        record.dueAtMs[n] = dueAtMs
        depart(n)
      },
    )
    if (count === 0) finished()
  })
  for (const connection of all) connection.close()
  return count
}

/** Timers are a millisecond coarse: what is left of it before each due time is spun away, and no more, or others lack it. */
function onSchedule(
  count: number,
  dueAt: (n: number) => number,
  depart: (n: number, dueAtMs: number) => void,
): void {
  let n = 0
  const turn = (): void => {
    while (n < count && dueAt(n) <= monotonicMs()) {
      depart(n, dueAt(n))
      n += 1
    }
    if (n >= count) return
    const pauseMs = dueAt(n) - monotonicMs()
    if (pauseMs > 2) setTimeout(turn, Math.floor(pauseMs) - 1)
    else setImmediate(turn)
  }
  turn()
}
