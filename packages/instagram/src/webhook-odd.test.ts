import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  ACCOUNT,
  AT,
  PERSON,
  delivery,
  entriesOf,
  entry,
  item,
  only,
} from './testing/deliveries.ts'
import { readDelivery } from './webhook.ts'

test('a message from the account is an echo even without the flag', () => {
  const messaging = [
    { sender: { id: ACCOUNT }, recipient: { id: PERSON }, message: { mid: 'aWdf_12', text: 'x' } },
  ]
  const event = only(entriesOf(delivery(entry({ messaging })))[0])
  assert.ok(event.kind === 'message' && event.isEcho && event.personId === PERSON)
})

test('unquoted ids keep every digit', () => {
  const body = `{"object":"instagram","entry":[{"id":17841477965412211,"time":${AT},"messaging":[{"sender":{"id":99999999999999991},"recipient":{"id":17841477965412211},"timestamp":${AT},"message":{"mid":"m","text":"x"}}]}]}`
  const reading = readDelivery(Buffer.from(body))
  assert.ok(reading.ok)
  const event = only(reading.entries[0])
  assert.equal(reading.entries[0]?.accountId, '17841477965412211')
  assert.ok(event.kind === 'message' && event.personId === '99999999999999991')
})

test('text is stored-safe: no U+0000, no lone surrogate', () => {
  const body = String.raw`{"entry":[{"id":"1","messaging":[{"sender":{"id":"2"},"recipient":{"id":"1"},"message":{"mid":"m","text":"a\u0000b\ud83dc"}}]}]}`
  const reading = readDelivery(Buffer.from(body))
  assert.ok(reading.ok)
  const event = only(reading.entries[0])
  assert.ok(event.kind === 'message' && event.text === 'abc')
})

const MALFORMED: Record<string, [content: unknown, detail: string]> = {
  'no object': ['odd', 'item is not an object'],
  'no mid': [item({ message: { text: 'private words' } }), 'message.mid is missing or odd'],
  'a mid with a line break': [item({ message: { mid: 'a\nb' } }), 'message.mid is missing or odd'],
  'a huge mid': [item({ message: { mid: 'a'.repeat(2000) } }), 'message.mid is missing or odd'],
  'no sender': [
    { recipient: { id: ACCOUNT }, message: { mid: 'm' } },
    'message has no sender or recipient',
  ],
  'a sender that is no id': [
    item({ sender: { id: 'x' }, message: { mid: 'm' } }),
    'message has no sender or recipient',
  ],
  'an unknown reaction': [
    item({ reaction: { mid: 'm', action: 'poke' } }),
    'reaction.action is unknown',
  ],
  'no content': [item({}), 'item has no content'],
}

for (const [name, [content, detail]] of Object.entries(MALFORMED)) {
  test(`an item with ${name} is not understood and leaves its neighbours alone`, () => {
    const good = item({ message: { mid: 'good', text: 'x' } })
    const [first] = entriesOf(delivery(entry({ messaging: [good, content, good] })))
    const kinds = first?.events.map((event) => event.kind)
    assert.deepEqual(kinds, ['message', 'not_understood', 'message'])
    const odd = first?.events[1]
    assert.ok(odd?.kind === 'not_understood')
    assert.equal(odd.detail, detail)
  })
}

test('odd entries are not understood one by one', () => {
  const good = entry({ messaging: [item({ message: { mid: 'm', text: 'x' } })] })
  const entries = entriesOf(
    delivery(null, {}, { id: ACCOUNT }, good, [], 7, { changes: [null, {}] }),
  )
  assert.equal(entries.length, 7)
  assert.deepEqual(
    entries.flatMap(({ events }) => events.map((event) => event.kind)),
    [...Array(3).fill('not_understood'), 'message', ...Array(4).fill('not_understood')],
  )
})

test('what is no delivery says so', () => {
  assert.deepEqual(readDelivery(Buffer.from('{"object":')), { ok: false, reason: 'not_json' })
  for (const body of ['null', '7', '[]', '{}', '{"entry":{}}', '{"entry":[]}']) {
    assert.deepEqual(readDelivery(Buffer.from(body)), { ok: false, reason: 'no_entries' })
  }
})

test('a thousand updates are read in order', () => {
  const messaging = Array.from({ length: 1000 }, (_, i) =>
    item({ message: { mid: `m${i}`, text: 'x' } }),
  )
  const [first] = entriesOf(delivery(entry({ messaging })))
  assert.deepEqual(
    first?.events.map((event) => event.dedupeKey),
    messaging.map((_, i) => `message:m${i}`),
  )
})

const META_KEYS =
  `object entry messaging standby changes changed_fields field value sender recipient id
  time timestamp message mid text attachments type payload message_edit num_edit reaction action postback
  read referral optin pass_thread_control from media reply_to story __proto__`.split(/\s+/)

/** JSON that wears Meta's keys, so that it gets past the first `if`. */
const likeMeta = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.jsonValue(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...META_KEYS), tie('value')),
  ),
})).value

test('no JSON and no bytes make the reading throw, and every event has a key', () => {
  const check = (body: Uint8Array): void => {
    const reading = readDelivery(body)
    if (!reading.ok) return
    for (const { events } of reading.entries) {
      assert.ok(events.length > 0)
      for (const event of events)
        assert.ok(event.dedupeKey.length > 0 && event.dedupeKey.length < 2000)
    }
  }
  fc.assert(fc.property(fc.uint8Array(), check))
  fc.assert(
    fc.property(likeMeta, (value) => {
      check(Buffer.from(JSON.stringify(value)))
      check(
        Buffer.from(JSON.stringify({ entry: [{ id: '1', messaging: [value], changes: [value] }] })),
      )
    }),
    { numRuns: 500 },
  )
  const deep = `{"entry":[{"id":"1","messaging":[${'['.repeat(100_000)}${']'.repeat(100_000)}]}]}`
  assert.doesNotThrow(() => check(Buffer.from(deep)))
})
