import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ImportFileError } from './import-file-error.ts'
import { readImportFile } from './read-import-file.ts'
import type { RawRow } from '#connect/import-rows.ts'

async function collect(rows: AsyncIterable<RawRow>): Promise<RawRow[]> {
  const all: RawRow[] = []
  for await (const row of rows) all.push(row)
  return all
}

/** The rows of a file with this content. */
async function rowsOf(name: string, content: string | Buffer): Promise<RawRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-import-'))
  try {
    const path = join(folder, name)
    await writeFile(path, content)
    return await collect(readImportFile(path))
  } finally {
    await rm(folder, { recursive: true })
  }
}

const A = { tenantId: 'a', token: 'one' }
const B = { tenantId: 'b', token: 'two, and "more"' }

test('CSV is read with commas, semicolons or tabs, quotes, a byte order mark and any line ends', async () => {
  const expected = [
    { line: 2, values: A },
    { line: 3, values: B },
  ]
  assert.deepEqual(
    await rowsOf('x.csv', '\uFEFFtenantId,token\r\na,one\r\nb,"two, and ""more"""\r\n'),
    expected,
  )
  assert.deepEqual(await rowsOf('x.csv', 'tenantId;token\na;one\nb;"two, and ""more"""'), expected)
  assert.deepEqual(await rowsOf('x', 'tenantId\ttoken\na\tone\nb\t"two, and ""more"""\n'), expected)
})

test('JSON is read as a list or below `rows` and `data`, and no id loses a digit', async () => {
  const expected = [
    { line: 1, values: A },
    { line: 2, values: { pageId: '17841400000000101' } },
  ]
  const list = '[{"tenantId":"a","token":"one"},{"pageId":17841400000000101}]'
  assert.deepEqual(await rowsOf('x.json', list), expected)
  assert.deepEqual(await rowsOf('x.txt', ` ${list}`), expected)
  assert.deepEqual(await rowsOf('x.json', `\uFEFF{"rows":${list}}`), expected)
  assert.deepEqual(await rowsOf('x.json', `{"data":${list}}`), expected)
})

test('JSON Lines are read line by line, empty ones left out', async () => {
  const lines = `\uFEFF${JSON.stringify(A)}\n\n${JSON.stringify(B)}\r\n`
  assert.deepEqual(await rowsOf('x.jsonl', lines), [
    { line: 1, values: A },
    { line: 3, values: B },
  ])
})

test('a row that is broken is named by its line and cause, never quoted, and the rest is read', async () => {
  const csv = [
    'tenantId,token',
    'a,one',
    'CANARY',
    'b,two,CANARY',
    'CAN"ARY,x',
    '',
    'c,three',
  ].join('\n')
  const rows = await rowsOf('x.csv', csv)
  assert.deepEqual(
    rows.map((row) => [row.line, 'problem' in row ? row.problem : row.values['tenantId']]),
    [
      [2, 'a'],
      [3, 'has another number of columns than the header'],
      [4, 'has another number of columns than the header'],
      [5, 'has a quote in the wrong place'],
      [7, 'c'],
    ],
  )
  const open = await rowsOf('x.csv', 'tenantId,token\na,one\nb,"CANARY\nc,three\n')
  assert.deepEqual(open.at(-1), {
    line: 4,
    problem: 'ends the file inside a quote that was opened before',
  })
  const lines = await rowsOf('x.ndjson', '{"tenantId":"a"}\n{CANARY\n["CANARY"]\n{"tenantId":"b"}')
  assert.deepEqual(
    lines.map((row) => [row.line, 'problem' in row ? row.problem : row.values['tenantId']]),
    [
      [1, 'a'],
      [2, 'is no JSON object'],
      [3, 'is no JSON object'],
      [4, 'b'],
    ],
  )
  assert.deepEqual(await rowsOf('x.json', '[1,{"a":2}]'), [
    { line: 1, problem: 'is no object' },
    { line: 2, values: { a: 2 } },
  ])
  assert.ok(!JSON.stringify([rows, open, lines]).includes('CANARY'))
})

test('a row longer than any honest one is skipped, not held', async () => {
  const long = 'x'.repeat(3 * 1024 * 1024)
  const lines = await rowsOf('x.jsonl', `{"a":1}\n{"a":"${long}"}\n{"a":2}\n`)
  assert.deepEqual(
    lines.map((row) => [row.line, 'problem' in row]),
    [
      [1, false],
      [2, true],
      [3, false],
    ],
  )
  const csv = await rowsOf('x.csv', `a,b\n1,2\n${long},3\n4,5\n`)
  assert.deepEqual(csv[0], { line: 2, values: { a: '1', b: '2' } })
  assert.ok(csv.slice(1).some((row) => 'problem' in row))
  assert.ok(!JSON.stringify(csv).includes('xxxxxxxx'))
})

test('a file of many rows is read without holding it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-import-'))
  try {
    const path = join(folder, 'many.csv')
    const row = `clinic,${'t'.repeat(180)}\n`
    await writeFile(path, `tenantId,token\n${row.repeat(60_000)}`)
    globalThis.gc?.()
    const before = process.memoryUsage().rss
    let count = 0
    for await (const found of readImportFile(path)) count += 'values' in found ? 1 : 0
    assert.equal(count, 60_000)
    const grownMiB = (process.memoryUsage().rss - before) / 1024 / 1024
    assert.ok(grownMiB < 120, `${grownMiB} MiB`)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a file that is none of these is refused in a sentence', async () => {
  for (const [name, content] of [
    ['x.jsonl', '{}\n'.repeat(200_001)],
    ['x.csv', `a,b\n${'1\n'.repeat(5_000)}`],
    ['x.csv', ''],
    ['x.csv', 'tenantId,token\n'],
    ['x.json', '{'],
    ['x.json', '{"some":[]}'],
    ['x.csv', Buffer.from('tenantId,token\na,b\n', 'utf16le')],
    ['x.csv', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('a,b\n', 'utf16le')])],
  ] as const) {
    await assert.rejects(rowsOf(name, content), ImportFileError)
  }
  await assert.rejects(collect(readImportFile('/no/such/file.csv')), ImportFileError)
  await assert.rejects(collect(readImportFile(tmpdir())), ImportFileError)
})
