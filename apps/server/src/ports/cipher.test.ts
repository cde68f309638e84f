import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createSealer, dataKey, UnsealError } from './cipher.ts'
import type { Sealer } from './cipher.ts'

const place = { table: 'messages', row: '0190', column: 'sealed' }
const key = dataKey(Buffer.alloc(32, 1))
const sealer = (owner = 'tenant:a', keys = new Map([[1, key]])): Sealer =>
  createSealer(owner, keys, (bytes) => randomBytes(bytes))

test('seals to the bytes of the fixed vector, and opens it', () => {
  const fixed = createSealer('tenant:a', new Map([[1, key]]), () => Buffer.alloc(12, 2))
  // Computed with Python's cryptography 48 (OpenSSL 3): AES-256-GCM, key 32 × 01, nonce 12 × 02.
  const vector =
    '0100010202020202020202020202024fb9a52866770342a2b97f617cd3a3de9debfa466181076cc69cf30fcc83b1c486'
  assert.equal(fixed.seal(place, 'Hola, ¿qué tal?').toString('hex'), vector)
  assert.equal(sealer().open(place, Buffer.from(vector, 'hex')).toString(), 'Hola, ¿qué tal?')
})

test('equal texts are sealed to different bytes', () => {
  assert.notDeepEqual(sealer().seal(place, 'same'), sealer().seal(place, 'same'))
})

test('any flipped bit is refused', () => {
  const sealed = sealer().seal(place, 'a')
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.throws(() => sealer().open(place, changed), UnsealError, `bit ${bit}`)
  }
})

test('any cut is refused', () => {
  const sealed = sealer().seal(place, 'a text')
  for (let length = 0; length < sealed.length; length += 1) {
    assert.throws(() => sealer().open(place, sealed.subarray(0, length)), UnsealError)
  }
})

test('a value in another row, column or table, or of another tenant, is refused', () => {
  const sealed = sealer().seal(place, 'a')
  assert.throws(() => sealer().open({ ...place, row: '0191' }, sealed), UnsealError)
  assert.throws(() => sealer().open({ ...place, column: 'other' }, sealed), UnsealError)
  assert.throws(() => sealer().open({ ...place, table: 'turns' }, sealed), UnsealError)
  assert.throws(() => sealer('tenant:b').open(place, sealed), UnsealError)
})

test('an old key version opens while the new one writes', () => {
  const old = sealer().seal(place, 'old')
  const both = sealer(
    'tenant:a',
    new Map([
      [1, key],
      [2, dataKey(Buffer.alloc(32, 9))],
    ]),
  )
  assert.equal(both.open(place, old).toString(), 'old')
  const fresh = both.seal(place, 'new')
  assert.equal(fresh.readUInt16BE(1), 2)
  assert.throws(() => sealer().open(place, fresh), UnsealError)
})
