import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GIVE_UP_MS, retryAt } from './retry-at.ts'

const NOW_MS = Date.UTC(2026, 10, 20)
const HOUR_MS = 3_600_000

test('pauses grow, with full jitter, and never reach beyond three days', () => {
  const ask = (attempts: number, ageMs: number, fraction: number): number | undefined => {
    const at = retryAt({ attempts, firstAttemptMs: NOW_MS - ageMs, nowMs: NOW_MS }, fraction)
    return at === undefined ? undefined : at - NOW_MS
  }
  assert.equal(ask(0, 0, 0), 1_000)
  assert.equal(ask(0, 0, 0.999), 4_995)
  assert.equal(ask(4, 0, 0.5), HOUR_MS / 2)
  assert.equal(ask(40, 0, 0.5), 6 * HOUR_MS)
  assert.equal(ask(40, GIVE_UP_MS - HOUR_MS, 0.9), HOUR_MS)
  assert.equal(ask(40, GIVE_UP_MS - 1, 0), 1)
  assert.equal(ask(40, GIVE_UP_MS, 0.5), undefined)
})

test('however the dice fall, the last try is at three days', () => {
  for (const fraction of [0.01, 0.5, 0.999]) {
    let nowMs = NOW_MS
    let tries = 1
    for (;;) {
      const at = retryAt({ attempts: tries - 1, firstAttemptMs: NOW_MS, nowMs }, fraction)
      if (at === undefined) break
      assert.ok(at > nowMs)
      nowMs = at
      tries += 1
    }
    assert.equal(nowMs, NOW_MS + GIVE_UP_MS)
    assert.ok(tries > 10 && tries < 1_000)
  }
})
