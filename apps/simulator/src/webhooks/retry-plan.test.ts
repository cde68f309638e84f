import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RETRY_FOR_MS, pauseAfterFailure } from './retry-plan.ts'

const pauses = (failures: number[]) =>
  failures.map((failed) => pauseAfterFailure(failed, { firstAttemptAtMs: 0, nowMs: 0 }))

test('a failed delivery is tried three times at once, then ever less often', () => {
  assert.deepEqual(pauses([1, 2, 3, 4, 5, 6, 7]), [0, 0, 0, 2000, 5000, 15_000, 60_000])
})

test('a delivery is dropped once 36 hours have passed', () => {
  const last = RETRY_FOR_MS - 3_600_000
  assert.equal(pauseAfterFailure(40, { firstAttemptAtMs: 0, nowMs: last }), 3_600_000)
  assert.equal(pauseAfterFailure(40, { firstAttemptAtMs: 0, nowMs: last + 1 }), undefined)
})
