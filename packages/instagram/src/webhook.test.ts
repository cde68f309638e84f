import assert from 'node:assert/strict'
import { test } from 'node:test'
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

test('standby items are read alike and marked', () => {
  const [first] = entriesOf(
    delivery(entry({ standby: [item({ message: { mid: 'm', text: 'x' } })] })),
  )
  const event = only(first)
  assert.equal(event.kind, 'message')
  assert.equal(event.standby, true)
})

const comment = {
  id: '17870000000000001',
  parent_id: '17870000000000000',
  text: 'price?',
  from: { id: PERSON, username: 'ana' },
  media: { id: '17900000000000001', media_product_type: 'FEED', ad_id: '120' },
}
const readComment = {
  kind: 'comment',
  atMs: 1795000008000,
  standby: false,
  test: false,
  dedupeKey: 'comment:17870000000000001',
  personId: PERSON,
  field: 'comments',
  commentId: '17870000000000001',
  parentId: '17870000000000000',
  mediaId: '17900000000000001',
  mediaProductType: 'FEED',
  text: 'price?',
  username: 'ana',
  isOwn: false,
  adId: '120',
}

test('a comment is read alike from `changes`, flat on the entry, and in an array body', () => {
  const seconds = { time: 1795000008 }
  const changes = entry({ ...seconds, changes: [{ field: 'comments', value: comment }] })
  const flat = entry({ ...seconds, field: 'comments', value: comment })
  for (const body of [delivery(changes), delivery(flat), [delivery(changes)]]) {
    assert.deepEqual(only(entriesOf(body)[0]), readComment)
  }
})

test('a comment may call its id `comment_id`', () => {
  const { id, ...rest } = comment
  const change = { field: 'live_comments', value: { ...rest, comment_id: id } }
  const event = only(entriesOf(delivery(entry({ changes: [change] })))[0])
  assert.ok(event.kind === 'comment' && event.commentId === id && event.field === 'live_comments')
})

test("a comment on the account's own media by itself belongs to no person", () => {
  const value = { ...comment, from: { id: ACCOUNT, self_ig_scoped_id: '9002' } }
  const event = only(entriesOf(delivery(entry({ changes: [{ field: 'comments', value }] })))[0])
  assert.ok(event.kind === 'comment' && event.isOwn)
  assert.ok(!('personId' in event))
})

test('fields without values, and fields nobody knows, are kept by name', () => {
  const [first] = entriesOf(
    delivery(
      entry({
        changed_fields: ['comments'],
        changes: [{ field: 'story_insights', value: { media_id: '1', impressions: -1 } }],
      }),
    ),
  )
  assert.deepEqual(
    first?.events.map((event) => (event.kind === 'other' ? event.field : event.kind)),
    ['story_insights', 'comments'],
  )
})

test('the dashboard test button is recognised in both wrappers, seconds as text included', () => {
  const value = {
    sender: { id: '12334' },
    recipient: { id: '23245' },
    timestamp: '1527459824',
    message: { mid: 'random_mid', text: 'random_text' },
  }
  const inChanges = { id: '0', time: 1795000009, changes: [{ field: 'messages', value }] }
  const inMessaging = { id: '0', time: 1795000009000, messaging: [value] }
  for (const test of [inChanges, inMessaging, { ...inMessaging, id: ACCOUNT }]) {
    const event = only(entriesOf(delivery(test))[0])
    assert.ok(event.kind === 'message' && event.test)
    assert.equal(event.atMs, 1527459824000)
  }
})

test('a real message with a time as text is no test', () => {
  const [first] = entriesOf(
    delivery(
      entry({
        messaging: [{ ...item({ message: { mid: 'm', text: 'x' } }), timestamp: String(AT) }],
      }),
    ),
  )
  const event = only(first)
  assert.equal(event.test, false)
  assert.equal(event.atMs, AT)
})
