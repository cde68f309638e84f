import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, percentile } from '#statistics.ts'

test('a percentile is one of the values, by nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, n) => 100 - n)
  assert.equal(percentile(values, 0.5), 50)
  assert.equal(percentile(values, 0.99), 99)
  assert.equal(percentile(values, 1), 100)
  assert.equal(percentile([7], 0.99), 7)
  assert.ok(Number.isNaN(percentile([], 0.5)))
})

test('a median is the middle, or the mean of the middle two', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  assert.ok(Number.isNaN(median([])))
})
