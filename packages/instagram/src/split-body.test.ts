import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitBodyByEntries } from './split-body.ts'
import { readDelivery } from './webhook.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const BODY = String.raw`{"object":"instagram","entry":[{"id":"1","time":1,"field":"comments","value":{"id":17870000000000001,"text":"caf\u00e9"}},{"id":"2","time":2,"messaging":[]},{"id":17841477965412211,"time":3,"messaging":[]},{"id":"1","time":4,"messaging":[]}]}`
const OWNERS: Record<string, string> = { '1': 'a', '2': 'b', '17841477965412211': 'a' }
const ownerOf = (accountId: string): string => OWNERS[accountId] ?? ''

test('each owner gets its own entries, in order, no digit lost', () => {
  const parts = splitBodyByEntries(bytes(BODY), ownerOf)
  assert.deepEqual([...parts.keys()], ['a', 'b'])
  const a = Buffer.from(parts.get('a') ?? []).toString()
  assert.equal(
    a,
    '{"object":"instagram","entry":[{"id":"1","time":1,"field":"comments","value":{"id":17870000000000001,"text":"café"}},{"id":17841477965412211,"time":3,"messaging":[]},{"id":"1","time":4,"messaging":[]}]}',
  )
  const b = readDelivery(parts.get('b') ?? bytes(''))
  assert.ok(b.ok)
  assert.deepEqual(
    b.entries.map((entry) => entry.accountId),
    ['2'],
  )
})

test('a body of one owner is returned byte for byte', () => {
  const body = bytes(BODY)
  assert.equal(splitBodyByEntries(body, () => 'a').get('a'), body)
})

test('entries without an id go to the owner of nothing', () => {
  const parts = splitBodyByEntries(bytes('{"entry":[{},null,{"id":"1"}]}'), ownerOf)
  assert.deepEqual(
    [...parts].map(([owner, part]) => [owner, Buffer.from(part).toString()]),
    [
      ['', '{"entry":[{},null]}'],
      ['a', '{"entry":[{"id":"1"}]}'],
    ],
  )
})

test('a body in an array is split as well', () => {
  const parts = splitBodyByEntries(
    bytes('[{"entry":[{"id":"1"}]},{"entry":[{"id":"2"}]}]'),
    ownerOf,
  )
  assert.equal(Buffer.from(parts.get('b') ?? []).toString(), '{"entry":[{"id":"2"}]}')
})

test('what cannot be read has no parts', () => {
  for (const body of ['', 'null', '{}', '{"entry":[]}']) {
    assert.equal(splitBodyByEntries(bytes(body), ownerOf).size, 0)
  }
})
