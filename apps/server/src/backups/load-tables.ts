import assert from 'node:assert/strict'
import { AppError } from '@parley/contract/app-error.ts'
import type { LongSession } from '#ports/long-session.ts'
import type { Frame } from './frames.ts'
import { Ending } from './schema.ts'
import type { Header } from './schema.ts'
import { listSequences, listTables } from './store.ts'
import type { TableRow } from './store.ts'
import { emptyTables, setSequence } from './store-restore.ts'
import type { OwnNames } from './own-names.ts'

/**
 * Fills freshly made tables. Names of the file are only looked up: what becomes part of a statement comes from the
 * database's own catalog.
 *
 * @returns how many rows there are.
 * @throws AppError `backups/damaged`, `backups/other-version`.
 */
export async function loadTables(
  db: LongSession,
  own: OwnNames,
  header: Header,
  source: AsyncIterable<Frame>,
  onTable: (name: string) => void,
): Promise<number> {
  const here = await listTables(db, own)
  const tables = new Map(header.tables.map(({ name, columns }) => [name, fit(here, name, columns)]))
  await emptyTables(db, here)
  const frames = new Frames(source)
  const rows = new Map<string, number>()
  await frames.take()
  while (frames.next?.kind === 'table') {
    const name = frames.next.bytes.toString('utf8')
    const table = tables.get(name)
    if (table === undefined || rows.has(name)) throw new AppError('backups/damaged')
    onTable(name)
    const statement = `copy ${table.sqlName} (${table.sqlColumns}) from stdin`
    rows.set(name, await db.copyIn(statement, frames.rows()))
  }
  const ending = readEnding(frames.next)
  const isWhole =
    ending.tables.length === tables.size &&
    ending.tables.every((table) => rows.get(table.name) === table.rows)
  // Nothing may follow; and only the end of the file shows that it is the one that was checked.
  if (!isWhole || (await frames.take()) !== undefined) throw new AppError('backups/damaged')
  await setSequences(db, own, ending)
  return ending.tables.reduce((sum, table) => sum + table.rows, 0)
}

/** A table of the backup as it is here: with the same columns in the same order, because the same migrations made it. */
function fit(here: readonly TableRow[], name: string, columns: readonly string[]): TableRow {
  const table = here.find((one) => one.name === name)
  const isSame = table !== undefined && table.columns.join('\n') === columns.join('\n')
  if (isSame) return table
  throw new AppError('backups/other-version', {
    detail: `The table ${JSON.stringify(name)} was changed by somebody else: this version makes it with other columns, or not at all.`,
  })
}

async function setSequences(db: LongSession, own: OwnNames, ending: Ending): Promise<void> {
  const here = await listSequences(db, own)
  for (const { name, ...state } of ending.sequences) {
    const sequence = here.find((one) => one.name === name)
    if (sequence === undefined) throw new AppError('backups/damaged')
    await setSequence(db, sequence, state)
  }
}

function readEnding(last: Frame | undefined): Ending {
  if (last?.kind !== 'end') throw new AppError('backups/damaged')
  const ending = Ending.safeParse(JSON.parse(last.bytes.toString('utf8')))
  // Written by this very program, and sealed.
  assert(ending.success)
  return ending.data
}

/** Frames, with the one in hand to look at. */
class Frames {
  next: Frame | undefined
  readonly #source: AsyncIterator<Frame>

  constructor(source: AsyncIterable<Frame>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async take(): Promise<Frame | undefined> {
    const { done, value } = await this.#source.next()
    this.next = done === true ? undefined : value
    return this.next
  }

  /** Pieces of one table; stops at the first frame that is none. */
  async *rows(): AsyncGenerator<Buffer> {
    while ((await this.take())?.kind === 'rows' && this.next !== undefined) yield this.next.bytes
  }
}
