import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { Duplex } from 'node:stream'
import { Client } from 'pg'
import type { Submittable } from 'pg'
import { queryable, types } from './database.ts'
import type { Queryable } from './database.ts'
import { withoutSessionName } from './without-session-name.ts'

/** One session for work that takes minutes: nothing of it is cut for its length, and it may carry whole tables. */
export interface LongSession extends Queryable, AsyncDisposable {
  /** Several statements without values, as the text of a migration holds them. */
  script(text: string): Promise<void>
  /** What `copy … to stdout` gives, in pieces. A slow reader holds the server back. Read it to its end. */
  copyOut(text: string): AsyncIterable<Buffer>
  /** Feeds `copy … from stdin`. @returns how many rows were written. */
  copyIn(text: string, pieces: AsyncIterable<Buffer>): Promise<number>
}

/** What the driver's connection can do; its types leave the copying out. */
type CopyConnection = {
  readonly stream: Duplex
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
}

/** A lock somebody holds is told after so long rather than waited for. */
const LOCK_WAIT = '-c lock_timeout=10s'
/** Rows are handed on together. */
const PIECE_BYTES = 128 * 1024

/** @param name how PostgreSQL's lists of sessions call it. */
export async function openLongSession(url: string, name: string): Promise<LongSession> {
  const client = new Client({
    connectionString: withoutSessionName(url),
    types,
    application_name: name,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: `${LOCK_WAIT} -c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c jit=off`,
  })
  // A lost session fails the query in flight; without a listener it would end the process instead.
  client.on('error', () => undefined)
  await client.connect()
  let copying: CopyOut | undefined
  return {
    ...queryable(client),
    async script(text) {
      await client.query(text)
    },
    copyOut(text) {
      copying = client.query(new CopyOut(text))
      return copying.rows
    },
    copyIn: async (text, pieces) => await client.query(new CopyIn(text)).feed(pieces),
    async [Symbol.asyncDispose]() {
      // Half a table is still on its way: the session is cut, or its end would wait behind it.
      if (copying?.isOver === false) copying.cut()
      await client.end().catch(() => undefined)
    },
  }
}

// Queries of our own: the driver calls their `handle…` by name.

class CopyOut implements Submittable {
  isOver = false
  readonly rows: Readable
  readonly #text: string
  #connection: CopyConnection | undefined
  #pieces: Buffer[] = []
  #bytes = 0

  constructor(text: string) {
    this.#text = text
    this.rows = new Readable({
      highWaterMark: 4 * PIECE_BYTES,
      read: () => void this.#connection?.stream.resume(),
    })
  }

  submit(connection: unknown): void {
    // The driver's one and only connection class.
    this.#connection = connection as CopyConnection
    this.#connection.query(this.#text)
  }

  cut(): void {
    this.#connection?.stream.destroy()
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    // The driver reads the next message into the same memory.
    this.#pieces.push(Buffer.from(chunk))
    this.#bytes += chunk.length
    if (this.#bytes >= PIECE_BYTES) this.#flush()
  }

  handleCommandComplete(): void {
    this.#flush()
  }

  handleReadyForQuery(): void {
    this.isOver = true
    this.rows.push(null)
  }

  handleError(error: Error): void {
    this.isOver = true
    this.rows.destroy(error)
  }

  #flush(): void {
    if (this.#bytes === 0) return
    const goesOn = this.rows.push(Buffer.concat(this.#pieces))
    this.#pieces = []
    this.#bytes = 0
    if (!goesOn) this.#connection?.stream.pause()
  }
}

class CopyIn implements Submittable {
  readonly #text: string
  readonly #ready = Promise.withResolvers<CopyConnection>()
  readonly #done = Promise.withResolvers<number>()
  #rows = 0

  constructor(text: string) {
    this.#text = text
    // Whoever feeds hears of it; one that has not come so far yet must not end the process.
    this.#ready.promise.catch(() => undefined)
    this.#done.promise.catch(() => undefined)
  }

  submit(connection: Pick<CopyConnection, 'query'>): void {
    connection.query(this.#text)
  }

  async feed(pieces: AsyncIterable<Buffer>): Promise<number> {
    const connection = await this.#ready.promise
    let refused = false
    this.#done.promise.catch(() => {
      refused = true
    })
    try {
      for await (const piece of pieces) {
        if (refused) break
        connection.sendCopyFromChunk(piece)
        if (connection.stream.writableNeedDrain) {
          await Promise.race([once(connection.stream, 'drain'), this.#done.promise])
        }
      }
    } catch (error) {
      connection.sendCopyFail('the source failed')
      await this.#done.promise.catch(() => undefined)
      throw error
    }
    if (!refused) connection.endCopyFrom()
    return await this.#done.promise
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.#ready.resolve(connection)
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#rows = Number(/^COPY (\d+)$/.exec(text)?.[1] ?? Number.NaN)
  }

  handleReadyForQuery(): void {
    this.#done.resolve(this.#rows)
  }

  handleError(error: Error): void {
    this.#ready.reject(error)
    this.#done.reject(error)
  }
}
