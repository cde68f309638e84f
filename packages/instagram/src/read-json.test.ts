import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { cleanText } from './clean-text.ts'
import { readJson, readJsonForRewriting } from './read-json.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)

test('an integer beyond 2^53 keeps every digit, wherever it stands', () => {
  const big = '17841477965412211'
  assert.deepEqual(readJson(bytes(`{"a":${big},"b":[${big}, ${big}],"c":-${big}}`)), {
    a: big,
    b: [big, big],
    c: `-${big}`,
  })
})

test('numbers that lose nothing stay numbers', () => {
  const text =
    '{"a":1795000000500,"b":9007199254740991,"c":1.5,"d":0.12345678901234567,"e":"17841477965412211"}'
  assert.deepEqual(readJson(bytes(text)), JSON.parse(text))
})

test('written down again, big integers are the numbers they were', () => {
  const text = '{"a":17841477965412211,"b":"17841477965412211","c":1.5}'
  assert.equal(JSON.stringify(readJsonForRewriting(bytes(text))), text)
})

test('what is not JSON is undefined, and JSON null is null', () => {
  for (const text of ['', '{', 'undefined', '{"a":}', '\u0000']) {
    assert.equal(readJson(bytes(text)), undefined)
  }
  assert.equal(readJson(bytes('null')), null)
  const deep = `{"x":17841477965412211,"y":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
  assert.doesNotThrow(() => readJson(bytes(deep)))
})

test('any bytes are read without throwing', () => {
  fc.assert(fc.property(fc.uint8Array(), (value) => void readJson(value)))
})

test('cleaned text has no U+0000 and no lone surrogate, and keeps emoji', () => {
  assert.equal(cleanText('a\0b\ud800c😀'), 'abc😀')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, tear) => {
      const cleaned = cleanText(tear ? text.slice(1) : text)
      assert.ok(cleaned.isWellFormed() && !cleaned.includes('\0'))
    }),
  )
})
