import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testClock } from '#testing/test-ports.ts'
import { FailedSignatures } from './failed-signatures.ts'

function counting() {
  let ms = 0
  const failed = new FailedSignatures({ ...testClock(), monotonicMs: () => ms })
  return {
    failed,
    pass: (by: number): void => {
      ms += by
    },
  }
}

test('one address, or one IPv6 network, is worth a line a minute', () => {
  const { failed, pass } = counting()
  assert.equal(failed.count('203.0.113.9').isFirst, true)
  assert.equal(failed.count('203.0.113.9').isFirst, false)
  assert.equal(failed.count('203.0.113.9', 'something else').isFirst, true)
  assert.equal(failed.count('2001:db8::1').isFirst, true)
  assert.equal(failed.count('2001:db8::2').isFirst, false)
  pass(60_000)
  assert.equal(failed.count('203.0.113.9').isFirst, true)
})

test('many addresses together are worth sixty lines a minute, and each is still closed when it floods', () => {
  const { failed, pass } = counting()
  const lines = (): number =>
    Array.from({ length: 500 }, (_, n) => `198.51.${n >> 8}.${n & 255}`).filter(
      (address) => failed.count(address).isFirst,
    ).length
  assert.equal(lines(), 60)
  pass(60_000)
  assert.equal(lines(), 60)
  const floods = Array.from({ length: 601 }, () => failed.count('198.51.0.1').isFlood)
  assert.equal(floods.at(-1), true)
})
