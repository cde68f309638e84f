import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { TEXT_BYTES_MAX } from './limits.ts'
import { splitText } from './split-text.ts'

const bytes = (text: string): number => Buffer.byteLength(text)
const withoutSpace = (text: string): string => text.replace(/\s+/gu, '')

test('a text that fits is sent as it is', () => {
  assert.deepEqual(splitText('Hello.\n\nHow are you?'), ['Hello.\n\nHow are you?'])
  assert.deepEqual(splitText('a'.repeat(TEXT_BYTES_MAX)), ['a'.repeat(TEXT_BYTES_MAX)])
})

test('blank text is no message', () => {
  assert.deepEqual(splitText(''), [])
  assert.deepEqual(splitText(' \n\t'), [])
})

test('one byte over the limit makes two messages', () => {
  assert.equal(splitText(`${'a'.repeat(TEXT_BYTES_MAX - 1)} b`).length, 2)
})

test('cuts fall between sentences', () => {
  assert.deepEqual(splitText('We open at nine. We close at six. Come in!', 34), [
    'We open at nine. We close at six.',
    'Come in!',
  ])
})

test('a sentence too long is cut between words, a word too long between characters', () => {
  assert.deepEqual(splitText('one two three four', 9), ['one two', 'three', 'four'])
  assert.deepEqual(splitText('abcdefghij', 4), ['abcd', 'efgh', 'ij'])
})

test('bytes are counted, not characters', () => {
  const text = 'ñ'.repeat(600)
  assert.ok(text.length < TEXT_BYTES_MAX)
  const parts = splitText(text)
  assert.equal(parts.length, 2)
  assert.ok(parts.every((part) => bytes(part) <= TEXT_BYTES_MAX))
})

test('a family emoji is not taken apart while it fits', () => {
  const family = '👨‍👩‍👧'
  assert.deepEqual(splitText(family.repeat(2), bytes(family)), [family, family])
})

test('whatever the text: every part fits, is well formed, and only white space is lost', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(' ', '\n\n', '. ', '。', '😀', 'word ', 'e\u0301', '\ud83d'),
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
      fc.integer({ min: 4, max: 120 }),
      (text, bytesMax) => {
        const parts = splitText(text, bytesMax)
        for (const part of parts) {
          assert.ok(bytes(part) <= bytesMax, `${bytes(part)} bytes`)
          assert.ok(part.isWellFormed() && part.trim() !== '')
        }
        const kept = text.replace(/\0|\p{Surrogate}/gu, '')
        assert.equal(withoutSpace(parts.join('')), withoutSpace(kept))
      },
    ),
  )
})
