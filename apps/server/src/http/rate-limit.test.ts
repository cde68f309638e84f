import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TokenBuckets } from '#http/rate-limit.ts'

test('a bucket gives its burst, then what flows in, each key for itself', () => {
  let nowMs = 0
  const buckets = new TokenBuckets(
    { name: 'test', burst: 2, perSecond: 1 },
    { monotonicMs: () => nowMs },
  )
  assert.equal(buckets.take('a').waitSeconds, 0)
  assert.equal(buckets.take('a').waitSeconds, 0)
  assert.equal(buckets.take('a').waitSeconds, 1)
  assert.equal(buckets.take('b').remaining, 1)
  nowMs = 999
  assert.ok(buckets.take('a').waitSeconds > 0)
  nowMs = 1000
  assert.equal(buckets.take('a').waitSeconds, 0)
})

test('however many keys come, memory is bounded and the busy ones stay known', () => {
  const buckets = new TokenBuckets(
    { name: 'test', burst: 1, perSecond: 0.001 },
    { monotonicMs: () => 0 },
  )
  for (let n = 0; n < 30_000; n += 1) {
    buckets.take(`key ${n}`)
    buckets.take('busy')
  }
  assert.ok(buckets.take('busy').waitSeconds > 0)
  assert.equal(buckets.take('key 0').waitSeconds, 0)
})
