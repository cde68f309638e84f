import { pipeline, Readable } from 'node:stream'
import { parse } from 'csv-parse'
import type { CsvError, CsvErrorCode } from 'csv-parse'
import { ImportFileError } from './import-file-error.ts'
import type { RawRow } from '#connect/import-rows.ts'

/** Longer than any honest row. */
const ROW_BYTES_MAX = 64 * 1024
/** More unfit rows without a fit one between them: this is no such file. */
const SKIPPED_MAX = 1000
const DELIMITERS = [',', ';', '\t'] as const

type Parsed = {
  readonly record: Record<string, unknown>
  readonly info: { readonly lines: number }
}

/**
 * The rows of a CSV file with a header. A row that does not fit the header is told by its line; the others are read on.
 *
 * @param head the file's beginning: its first line says what separates the columns.
 * @throws ImportFileError when quotes are so broken that no row after them can be told.
 */
export async function* readCsvRows(
  chunks: AsyncIterable<Buffer>,
  head: string,
): AsyncGenerator<RawRow> {
  const skipped: RawRow[] = []
  const parser = parse({
    bom: true,
    columns: true,
    delimiter: delimiterOf(head),
    info: true,
    trim: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    max_record_size: ROW_BYTES_MAX,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error !== undefined) skipped.push({ line: lineOf(error), problem: problemOf(error) })
      if (skipped.length > SKIPPED_MAX) {
        parser.destroy(new ImportFileError(`${SKIPPED_MAX} rows in a row do not fit the header.`))
      }
      return undefined
    },
  })
  // What ends the file's stream ends the parser, which is read below.
  pipeline(Readable.from(chunks), parser, () => undefined)
  try {
    for await (const parsed of parser) {
      // `info: true` makes every record one of these.
      const { record, info } = parsed as Parsed
      // The parser is ahead of what was taken from it.
      while (skipped[0] !== undefined && skipped[0].line < info.lines) yield* skipped.splice(0, 1)
      yield { line: info.lines, values: record }
    }
  } catch (cause) {
    if (cause instanceof ImportFileError) throw cause
    if (!(cause instanceof Error) || !('code' in cause)) throw cause
    yield* skipped.splice(0)
    throw new ImportFileError(
      `The CSV cannot be read on (${String(cause.code)}). The rows before are done.`,
      {
        cause,
      },
    )
  }
  yield* skipped
}

/** Whichever stands most often in the header. */
function delimiterOf(head: string): string {
  const [header = ''] = head.split(/\r?\n/, 1)
  const count = (sign: string): number => header.split(sign).length
  return DELIMITERS.toSorted((a, b) => count(b) - count(a))[0] ?? ','
}

function lineOf(error: CsvError): number {
  return typeof error['lines'] === 'number' ? error['lines'] : 0
}

/** The library's own words quote what stands there. */
function problemOf(error: CsvError): string {
  return PROBLEMS[error.code] ?? 'is no row of CSV'
}

const PROBLEMS: Partial<Record<CsvErrorCode, string>> = {
  CSV_RECORD_INCONSISTENT_COLUMNS: 'has another number of columns than the header',
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'has another number of columns than the header',
  CSV_MAX_RECORD_SIZE: `is longer than ${ROW_BYTES_MAX} bytes`,
  CSV_QUOTE_NOT_CLOSED: 'ends the file inside a quote that was opened before',
  CSV_INVALID_CLOSING_QUOTE: 'has a quote in the wrong place',
  INVALID_OPENING_QUOTE: 'has a quote in the wrong place',
}
