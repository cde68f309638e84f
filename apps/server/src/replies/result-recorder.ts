import { setTimeout as sleep } from 'node:timers/promises'
import { isPassingFailure } from '#ports/database-failure.ts'
import { GroupCommit } from '#ports/group-commit.ts'
import { wantsHostEvent } from '#host-events/wants-host-event.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { countSends } from './count-sends.ts'
import type { SendResult } from './schema.ts'
import { absorbEcho } from './store-echo.ts'
import { recordResults } from './store-parts.ts'
import type { MessageNature, ResultRow } from './store-parts.ts'
import { tellSettled } from './tell-settled.ts'
import type { Settled } from './tell-settled.ts'

/** PostgreSQL's code for a second row under a unique key. */
const UNIQUE_VIOLATION = '23505'
/** A doubtful message is looked up after this; its echo usually wakes the lane before. */
const UNKNOWN_LOOK_MS = 15_000

/** The person has the answer already; what waits for the record waits for so little more. */
const LINGER_MS = 5

type RecorderPorts = HostEventPorts & Pick<Ports, 'metrics'>

/** Writes what became of sends, those that end together in one commit, and gives their lanes back with it. */
export class ResultRecorder implements AsyncDisposable {
  readonly #ports: RecorderPorts
  readonly #group: GroupCommit<SendResult>

  constructor(ports: RecorderPorts) {
    this.#ports = ports
    this.#group = new GroupCommit(
      { itemsMax: 256, bytesMax: 256, waitingBytesMax: 4096, flushesMax: 1, lingerMs: LINGER_MS },
      ports.clock,
      async (results) => await this.#flush(results),
    )
  }

  /** Resolves when the result is committed and the lane is free. */
  async record(result: SendResult): Promise<void> {
    await this.#group.add(result)
  }

  async #flush(results: readonly SendResult[]): Promise<void> {
    const nowMs = this.#ports.clock.now()
    countSends(this.#ports.metrics, results, nowMs)
    const rows = results.map((result) => rowOf(result, nowMs))
    let isMore = true
    try {
      // A result lost with the machine leaves a message in doubt, and the doubt is settled as ever.
      const freed = await again(async () => await this.#recordAll(rows))
      isMore = freed.some((one) => one.message === null && one.ready !== null)
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      for (const row of rows) await this.#recordAlone(row)
    }
    // This worker lets go of the lanes when it hears of their results, and could not claim them before.
    if (isMore) setImmediate(() => this.#ports.signals.wake('lanes'))
    this.#ports.signals.tell(
      results.map(({ departure: { lane } }) => ({
        kind: 'conversation',
        id: lane.conversationId,
        connectionId: lane.connectionId,
        tenantId: lane.tenantId,
      })),
    )
  }

  /** One statement; when the host wants to know, in a transaction with what it is told. */
  async #recordAll(rows: readonly ResultRow[]): ReturnType<typeof recordResults> {
    const { relaxed } = this.#ports.db
    if (!rows.some((row) => this.#isWanted(row))) return await recordResults(relaxed, rows)
    return await relaxed.transaction(async (db) => await this.#recordAndTell(db, rows))
  }

  #isWanted({ tenant, status }: ResultRow): boolean {
    if (status !== 'sent' && status !== 'failed') return false
    return wantsHostEvent(this.#ports, `message.${status}`, tenant)
  }

  async #recordAndTell(
    db: Queryable,
    rows: readonly ResultRow[],
  ): ReturnType<typeof recordResults> {
    const recorded = await recordResults(db, rows, true)
    const natures = new Map(
      recorded.flatMap((one) => (one.message === null ? [] : [[one.message, one]])),
    )
    await tellSettled(
      this.#ports,
      db,
      rows.flatMap((row) => settledOf(row, natures.get(row.message))),
    )
    return recorded
  }

  /** The mid may stand already under a line taken for one of the Instagram app: the two become one. */
  async #recordAlone(row: ResultRow): Promise<void> {
    await this.#ports.db.relaxed.transaction(async (db) => {
      const { tenant: tenantId, connection: connectionId, conversation: conversationId, mid } = row
      if (mid !== null) await absorbEcho(db, { tenantId, connectionId, conversationId, mid })
      await this.#recordAndTell(db, [row])
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#group[Symbol.asyncDispose]()
  }
}

function rowOf(result: SendResult, nowMs: number): ResultRow {
  const { departure } = result
  const { lane } = departure
  const row = {
    tenant: lane.tenantId,
    connection: lane.connectionId,
    conversation: lane.conversationId,
    message: departure.messageId,
    fence: lane.fence,
    wanted: lane.wanted,
    status: result.status,
    mid: null,
    code: null,
    nextAt: null,
    triesMore: 0,
    laneNextMs: 0,
  }
  switch (result.status) {
    case 'sent':
      return { ...row, mid: result.mid }
    case 'unknown':
      return { ...row, laneNextMs: UNKNOWN_LOOK_MS }
    case 'queued':
      return {
        ...row,
        nextAt: nowMs + result.waitMs,
        triesMore: result.countsAsTry ? 1 : 0,
        laneNextMs: result.waitMs,
      }
    case 'failed':
      return { ...row, code: result.code }
  }
}

/** Nothing when the message was settled before. */
function settledOf(row: ResultRow, nature: MessageNature | undefined): Settled[] {
  if (nature === undefined) return []
  const { author, kind } = nature
  const about = {
    tenantId: row.tenant,
    connectionId: row.connection,
    conversationId: row.conversation,
    messageId: row.message,
  }
  if (row.status === 'sent' && row.mid !== null) {
    return [{ ...about, author, kind, mid: row.mid }]
  }
  return [{ ...about, author, kind, code: row.code ?? 'replies/refused-by-meta' }]
}

/** A mid in hand must not be lost to a deadlock or a moment without database. */
async function again<T>(run: () => Promise<T>): Promise<T> {
  for (const pauseMs of [20, 100, 500, 2000]) {
    try {
      return await run()
    } catch (error) {
      if (!isPassingFailure(error)) throw error
      await sleep(pauseMs)
    }
  }
  return await run()
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION
}
