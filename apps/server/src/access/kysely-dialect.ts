import { createHash } from 'node:crypto'
import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely'
import type { Database } from '#ports/database.ts'

/**
 * Lets better-auth's queries run through our one database door instead of a pool of its own. No transactions: its
 * sign-in writes one row at a time, and what must be whole (`welcome-operator.ts`) we write ourselves.
 *
 * @param onFailure hears of each failed query: better-auth replaces the error by one that says nothing.
 */
export function kyselyDialect(db: Database, onFailure: (error: unknown) => void): Dialect {
  const noted = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      onFailure(error)
      throw error
    }
  }
  const connection: DatabaseConnection = {
    async executeQuery<R>({
      sql: text,
      parameters,
      query,
    }: CompiledQuery): Promise<QueryResult<R>> {
      const statement = { text, values: parameters, name: nameOf(text) }
      const givesRows =
        query.kind === 'SelectQueryNode' ||
        query.kind === 'RawNode' ||
        ('returning' in query && query.returning !== undefined)
      if (givesRows) return { rows: await noted(db.many<R>(statement)) }
      return { rows: [], numAffectedRows: BigInt(await noted(db.run(statement))) }
    },
    // oxlint-disable-next-line require-yield -- better-auth reads no streams
    async *streamQuery() {
      throw new Error('streaming is not offered here')
    },
  }
  const refuse = async (): Promise<never> => {
    throw new Error('transactions are not offered here')
  }
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: async () => {},
    destroy: async () => {},
  }
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver,
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

/** One prepared statement per text. */
function nameOf(text: string): string {
  return `k${createHash('sha256').update(text).digest('base64url').slice(0, 24)}`
}
