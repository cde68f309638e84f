import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '#ports/random.ts'

test('ids sort in the order they were made, within one millisecond too', () => {
  const now = Date.UTC(2026, 10, 20)
  const ids = Array.from({ length: 50_000 }, (_, n) =>
    systemRandom.uuid(now + Math.floor(n / 10_000)),
  )
  assert.deepEqual(ids, ids.toSorted())
  assert.equal(new Set(ids).size, ids.length)
  for (const id of ids.slice(0, 100)) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.equal(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16), now)
  }
})

test('two ids of one moment tell nothing of each other’s random part', () => {
  const [one, two] = [systemRandom.uuid(1), systemRandom.uuid(1)]
  assert.notEqual(one.slice(-10), two.slice(-10))
})
