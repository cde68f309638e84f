import { isRecord } from '@parley/instagram/read-field.ts'
import { readJson } from '@parley/instagram/read-json.ts'
import type { RawRow } from '#connect/import-rows.ts'

/** Longer than any honest row. */
const LINE_BYTES_MAX = 64 * 1024
const NEWLINE = 0x0a

/** One JSON object per line. A line that is too long is skipped without being held. */
export async function* readJsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawRow> {
  let line = 1
  let held: Buffer = Buffer.alloc(0)
  let isTooLong = false
  for await (const chunk of chunks) {
    let rest = chunk
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      const bytes = Buffer.concat([held, rest.subarray(0, end)])
      yield* readLine(line, bytes, isTooLong)
      rest = rest.subarray(end + 1)
      held = Buffer.alloc(0)
      isTooLong = false
      line += 1
    }
    isTooLong ||= held.length + rest.length > LINE_BYTES_MAX
    held = isTooLong ? Buffer.alloc(0) : Buffer.concat([held, rest])
  }
  yield* readLine(line, held, isTooLong)
}

function* readLine(line: number, bytes: Buffer, isTooLong: boolean): Generator<RawRow> {
  if (isTooLong || bytes.length > LINE_BYTES_MAX) {
    yield { line, problem: `is longer than ${LINE_BYTES_MAX} bytes` }
    return
  }
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  if (text.trim() === '') return
  const values = readJson(Buffer.from(text))
  yield isRecord(values) ? { line, values } : { line, problem: 'is no JSON object' }
}
