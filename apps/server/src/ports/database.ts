import assert from 'node:assert/strict'
import { Client, Pool, types as pgTypes } from 'pg'
import type { QueryConfig, QueryResult } from 'pg'
import { withoutSessionName } from './without-session-name.ts'

/** One statement and its parameters. Made only by the `sql` tag, so values never become text. */
export type Statement = {
  readonly text: string
  readonly values: readonly unknown[]
  /** Stable per place in the source: the server plans each statement once per connection. */
  readonly name: string
}

const prepared = new WeakMap<TemplateStringsArray, { text: string; name: string }>()
let preparedCount = 0

/** A statement with its values as parameters: sql`select … where id = ${id}`. */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Statement {
  let known = prepared.get(strings)
  if (known === undefined) {
    const text = strings.reduce((before, part, n) => `${before}$${n}${part}`)
    preparedCount += 1
    known = { text, name: `p${preparedCount}` }
    prepared.set(strings, known)
  }
  return { text: known.text, name: known.name, values }
}

/** What a store needs. `R` is the shape of a row; stores state it, tests against the real database hold it true. */
export interface Queryable {
  /** Every row. */
  many<R>(statement: Statement): Promise<R[]>
  /** Exactly one row; anything else is a bug. */
  one<R>(statement: Statement): Promise<R>
  /** One row or none. */
  maybe<R>(statement: Statement): Promise<R | undefined>
  /** How many rows were touched. */
  run(statement: Statement): Promise<number>
}

interface Transactions extends Queryable {
  /** Commits what `work` did, or nothing of it. */
  transaction<T>(work: (db: Queryable) => Promise<T>): Promise<T>
}

/** What a pool's connections do at this moment. */
export type PoolLoad = {
  readonly pool: 'durable' | 'relaxed'
  readonly busy: number
  readonly idle: number
  /** Statements that wait for a connection. */
  readonly waiting: number
}

export interface Database extends Transactions, AsyncDisposable {
  /**
   * The same database, but a commit does not wait until it is on disk: for what is made again when it is lost with
   * the machine (a claim, a lease, the working of a stored delivery). The next ordinary commit of anybody carries it
   * to disk, so whatever is built on it in an ordinary commit is never there without it.
   */
  readonly relaxed: Transactions
  /**
   * A session of its own, outside the pool: for LISTEN, advisory locks and heartbeats. `onLost` is called when the
   * session ends by itself.
   */
  session(onLost: (error: Error) => void): Promise<DatabaseSession>
  loads(): readonly PoolLoad[]
  close(): Promise<void>
}

export interface DatabaseSession extends Queryable, AsyncDisposable {
  onNotification(listener: (channel: string, payload: string) => void): void
}

/** int8 and numeric counts stay below 2^53 here; Meta's ids are text columns. */
export const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): ((value: string) => unknown) =>
    oid === 20 ? Number : pgTypes.getTypeParser(oid, format),
}

type Session = { query(query: QueryConfig): Promise<QueryResult> }

/** @param begun what was sent before and must have succeeded too. */
export function queryable(client: Session, begun?: Promise<unknown>): Queryable {
  const rows = async <R>(statement: Statement): Promise<QueryResult & { rows: R[] }> => {
    const { text, name, values } = statement
    const answer = client.query({ text, name, values: [...values] })
    if (begun !== undefined) {
      answer.catch(() => undefined)
      await begun
    }
    return await answer
  }
  return {
    async many<R>(statement: Statement) {
      return (await rows<R>(statement)).rows
    },
    async one<R>(statement: Statement) {
      const found = (await rows<R>(statement)).rows
      const [row] = found
      assert(row !== undefined && found.length === 1, `expected one row, got ${found.length}`)
      return row
    },
    async maybe<R>(statement: Statement) {
      const found = (await rows<R>(statement)).rows
      assert(found.length <= 1, `expected at most one row, got ${found.length}`)
      return found[0]
    },
    async run(statement: Statement) {
      return (await rows(statement)).rowCount ?? 0
    },
  }
}

/**
 * Every statement here reaches its rows by a key, a handful at a time. The planner cannot know that of a table that
 * has just grown, and would read or hash all of it; told so, its plans stay what they are at any size. Compiling them
 * costs more than running them.
 */
const BY_KEY = [
  '-c enable_seqscan=off',
  '-c enable_hashjoin=off',
  '-c enable_mergejoin=off',
  '-c jit=off',
].join(' ')

/** What runs here again and again differs in its values only: it is planned once. */
const RELAXED = '-c synchronous_commit=off -c plan_cache_mode=force_generic_plan'

/** No session waits for ever: a process that froze inside a transaction loses it, and with it the rows it held. */
const PATIENCE = '-c idle_in_transaction_session_timeout=10s -c lock_timeout=10s'

/** Far more than any statement here takes: a server that says nothing for so long is gone, whatever its socket says. */
const SILENCE_MS = 30_000
/** Sessions of their own send what takes no time at all. */
const SESSION_SILENCE_MS = 5_000
/** What the driver says then. */
const SILENT = 'Query read timeout'

const isSilence = (error: unknown): boolean => error instanceof Error && error.message === SILENT

/** Opens pools on `url`. Nothing connects before the first query. */
export function openDatabase(options: {
  url: string
  connectionsMax: number
  /** How long a statement of the pools may take. */
  silenceMs?: number
  /** Told of every idle connection that breaks; the pool replaces it. */
  onError: (error: Error) => void
}): Database {
  const connection = {
    connectionString: withoutSessionName(options.url),
    types,
    application_name: 'parley',
  }
  // Without the delay the first probe of an idle connection goes out after two hours.
  const alive = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 }
  const settings = {
    ...connection,
    max: options.connectionsMax,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    // A statement may be sent while the one before is being worked.
    pipeline: true,
    query_timeout: options.silenceMs ?? SILENCE_MS,
    ...alive,
  }
  const session = `${BY_KEY} ${PATIENCE}`
  const pool = new Pool({ ...settings, options: session })
  const relaxedPool = new Pool({ ...settings, options: `${session} ${RELAXED}` })
  pool.on('error', options.onError)
  relaxedPool.on('error', options.onError)
  const close = async (): Promise<void> => {
    await Promise.all([pool.end(), relaxedPool.end()])
  }

  return {
    ...transactions(pool),
    relaxed: transactions(relaxedPool),
    async session(onLost) {
      const client = new Client({
        ...connection,
        ...alive,
        connectionTimeoutMillis: 5_000,
        query_timeout: options.silenceMs ?? SESSION_SILENCE_MS,
      })
      let cause = new Error('the database session ended')
      client.on('error', (error) => {
        cause = error
      })
      await client.connect()
      // Always follows an error, and comes once.
      client.once('end', () => onLost(cause))
      // A session that fell silent is cut, so that its owner hears of it and opens another.
      const watched: Session = {
        async query(query) {
          try {
            return await client.query(query)
          } catch (error) {
            if (isSilence(error)) void client.end()
            throw error
          }
        },
      }
      return {
        ...queryable(watched),
        onNotification: (listener) =>
          client.on('notification', ({ channel, payload }) => listener(channel, payload ?? '')),
        async [Symbol.asyncDispose]() {
          client.removeAllListeners('end')
          await client.end()
        },
      }
    },
    loads: () => [loadOf('durable', pool), loadOf('relaxed', relaxedPool)],
    close,
    [Symbol.asyncDispose]: close,
  }
}

const loadOf = (name: PoolLoad['pool'], pool: Pool): PoolLoad => ({
  pool: name,
  busy: pool.totalCount - pool.idleCount,
  idle: pool.idleCount,
  waiting: pool.waitingCount,
})

function transactions(pool: Pool): Transactions {
  return {
    ...queryable(pool),
    async transaction(work) {
      const client = await pool.connect()
      let broken: Error | undefined
      // A session that breaks between two statements says so here; without a listener it would end the process.
      const onBroken = (error: Error): void => {
        broken = error
      }
      client.on('error', onBroken)
      try {
        // Not waited for: the first statement follows on its heels.
        const begun = client.query('begin')
        begun.catch(() => undefined)
        const result = await work(queryable(client, begun))
        await begun
        const { command } = await client.query('commit')
        // What a failed statement makes of it when nobody waited for that one.
        assert(command === 'COMMIT', 'a statement of the transaction failed')
        return result
      } catch (error) {
        if (error instanceof Error && isSilence(error)) broken = error
        else {
          await client.query('rollback').catch((lost: Error) => {
            broken = lost
          })
        }
        throw error
      } finally {
        client.off('error', onBroken)
        client.release(broken)
      }
    },
  }
}
