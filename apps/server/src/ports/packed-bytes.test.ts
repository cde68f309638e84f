import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '#testing/test-database.ts'
import { sql } from './database.ts'
import { PackedBytes } from './packed-bytes.ts'

test('every piece is cut out as it was put in, an empty one and none among them', async () => {
  await using db = await testDatabase()
  const packed = new PackedBytes()
  const pieces = [Buffer.from([0, 255, 10]), null, Buffer.alloc(0), Buffer.alloc(9000, 7)]
  const slices = pieces.map((piece) => packed.add(piece))
  const rows = await db.many<{ piece: Buffer | null }>(sql`
    select substr(${packed.bytes()}::bytea, start, size) as piece
    from json_to_recordset(${JSON.stringify(slices)}::json) as s (start integer, size integer)`)
  assert.deepEqual(
    rows.map(({ piece }) => piece),
    pieces,
  )
})
