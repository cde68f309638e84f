import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { readJson } from '@parley/instagram/read-json.ts'
import { ImportFileError } from './import-file-error.ts'
import { readCsvRows } from './read-csv-rows.ts'
import { readJsonLines } from './read-json-lines.ts'
import type { RawRow } from '#connect/import-rows.ts'

/** A JSON list is held as a whole; CSV and JSON Lines are read row by row, however long they are. */
const JSON_BYTES_MAX = 32 * 1024 * 1024
/** Rows are remembered by their hashes, to find the same one again. */
const ROWS_MAX = 200_000
const HEAD_BYTES = 64 * 1024

/**
 * The rows of a CSV, JSON or JSON Lines file. What a row says is not looked at here.
 *
 * @throws ImportFileError when the file as a whole cannot be read.
 */
export async function* readImportFile(path: string): AsyncGenerator<RawRow> {
  let count = 0
  for await (const row of rowsOf(path, await readHead(path))) {
    count += 1
    if (count > ROWS_MAX) {
      throw new ImportFileError(
        `More than ${ROWS_MAX} rows: split the file. The rows before are done.`,
      )
    }
    yield row
  }
  if (count === 0) throw new ImportFileError('The file holds no rows.')
}

async function* rowsOf(path: string, head: Buffer): AsyncGenerator<RawRow> {
  if (head[0] === 0xff || head[0] === 0xfe || head.includes(0)) {
    throw new ImportFileError('The file is not UTF-8: save it as “CSV UTF-8” or JSON.')
  }
  const text = head.toString('utf8').replace(/^\uFEFF/, '')
  const extension = extname(path).toLowerCase()
  const [first = ''] = text.trimStart()
  if (extension === '.jsonl' || extension === '.ndjson') yield* readJsonLines(open(path))
  else if (extension === '.json' || first === '[' || first === '{') yield* await readList(path)
  else yield* readCsvRows(open(path), text)
}

function open(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: HEAD_BYTES })
}

async function readHead(path: string): Promise<Buffer> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of createReadStream(path, { end: HEAD_BYTES - 1 })) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new ImportFileError(`The file cannot be read (${code}).`, { cause })
  }
}

/** `[…]`, or the same under `rows` or `data`. */
async function readList(path: string): Promise<RawRow[]> {
  if ((await stat(path)).size > JSON_BYTES_MAX) {
    throw new ImportFileError('A JSON list of more than 32 MiB: save it as CSV or JSON Lines.')
  }
  const bytes = await readFile(path)
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const json = readJson(hasMark ? bytes.subarray(3) : bytes)
  const list = isObject(json) ? (json['rows'] ?? json['data']) : json
  if (!Array.isArray(list)) {
    throw new ImportFileError(
      'The file is neither a JSON list nor an object with `rows` or `data`.',
    )
  }
  return list.map((values: unknown, index): RawRow => {
    const line = index + 1
    return isObject(values) ? { line, values } : { line, problem: 'is no object' }
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
