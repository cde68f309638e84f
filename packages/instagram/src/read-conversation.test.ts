import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ActingNode } from './graph-context.ts'
import { GraphError } from './graph-error.ts'
import { Igsid, Mid } from './ids.ts'
import { Secret } from './secret.ts'
import { fakeMeta, parts } from './testing/fake-meta.ts'

const ACCOUNT: ActingNode = { login: 'instagram', id: '17841', token: new Secret('IGAA1') }
const PERSON = Igsid.parse('9001')
const MID = Mid.parse('aWdf+/MSG_1==')

const message = (n: number) => ({
  id: `aWdf_${n}`,
  created_time: `2026-11-20T10:00:${String(n).padStart(2, '0')}+0000`,
  from: { username: 'ana', id: '9001' },
  to: { data: [{ username: 'lumen', id: '17841' }] },
  message: `line ${n}`,
})

test('a conversation is found by its person', async () => {
  const { client, asked } = fakeMeta([
    { body: { data: [{ id: 'aWdfTHREAD_1', updated_time: '2026-11-20T10:00:00+0000' }] } },
    { body: { data: [] } },
  ])
  assert.deepEqual(await client.findConversation(ACCOUNT, PERSON), {
    id: 'aWdfTHREAD_1',
    updatedAtMs: Date.UTC(2026, 10, 20, 10),
  })
  assert.deepEqual(parts(asked[0]), {
    address: 'GET https://graph.instagram.com/v25.0/17841/conversations',
    query: { platform: 'instagram', user_id: '9001', access_token: 'IGAA1' },
  })
  assert.equal(await client.findConversation(ACCOUNT, PERSON), undefined)
})

test('messages come newest first, with times of either form', async () => {
  const { client } = fakeMeta([
    {
      body: {
        messages: {
          data: [message(1), { ...message(2), created_time: 1795168802, message: '' }],
        },
        id: 't',
      },
    },
  ])
  const reading = await client.readConversation(ACCOUNT, 'aWdfTHREAD_1')
  assert.deepEqual(
    reading.messages.map(({ mid, atMs, text, fromId, toIds }) => [mid, atMs, text, fromId, toIds]),
    [
      ['aWdf_2', 1795168802000, undefined, '9001', ['17841']],
      ['aWdf_1', Date.UTC(2026, 10, 20, 10, 0, 1), 'line 1', '9001', ['17841']],
    ],
  )
  assert.equal(reading.isWhole, true)
})

test('only the twenty newest are taken, and the reading says it is not whole', async () => {
  const rows = Array.from({ length: 25 }, (_, i) =>
    i < 20 ? message(25 - i) : { id: `aWdf_${25 - i}` },
  )
  const { client } = fakeMeta([{ body: { messages: { data: rows } } }])
  const reading = await client.readConversation(ACCOUNT, 't')
  assert.equal(reading.messages.length, 20)
  assert.equal(reading.isWhole, false)
  assert.equal(reading.unreadable, 0)
})

test('a listed message without a usable form is counted, for absence then proves nothing', async () => {
  const { client } = fakeMeta([{ body: { messages: { data: [message(2), { odd: 1 }] } } }])
  const reading = await client.readConversation(ACCOUNT, 't')
  assert.deepEqual([reading.messages.length, reading.unreadable], [1, 1])
})

test('one message is read by its encoded id, with what is attached', async () => {
  const attachments = {
    data: [
      { id: '1', image_data: { url: 'https://l.example/i' } },
      { id: '2', video_data: { url: 'https://l.example/v' } },
      { id: '3', file_url: 'https://l.example/f' },
      { id: '4', generic_template: {} },
      { id: '5' },
    ],
  }
  const { client, asked } = fakeMeta([
    { body: { ...message(1), attachments, shares: { data: [{ link: 'https://l.example/s' }] } } },
  ])
  const read = await client.findMessage(ACCOUNT, MID)
  assert.deepEqual(
    read?.attachments.map(({ type }) => type),
    ['image', 'video', 'file', 'template', 'other', 'share'],
  )
  assert.equal(
    parts(asked[0]).address,
    'GET https://graph.instagram.com/v25.0/aWdf%2B%2FMSG_1%3D%3D',
  )
})

test('a message Meta calls gone is undefined; a dead token is an error', async () => {
  const { client } = fakeMeta([
    { status: 400, body: { error: { code: 9000001 } } },
    { status: 400, body: { error: { code: 100, error_subcode: 33 } } },
    { status: 400, body: { error: { code: 190 } } },
  ])
  assert.equal(await client.findMessage(ACCOUNT, MID), undefined)
  assert.equal(await client.findMessage(ACCOUNT, MID), undefined)
  await assert.rejects(client.findMessage(ACCOUNT, MID), GraphError)
})

test("a profile without consent, and Meta's review robot, are persons without a profile", async () => {
  const { client } = fakeMeta([
    { body: { name: null, username: 'ana', profile_pic: null, follower_count: 3, id: '9001' } },
    { status: 403, body: { error: { code: 230, message: 'User consent is required' } } },
    { status: 401, body: { error: { code: 9010, type: 'IGApiException' } } },
    { status: 400, body: { error: { code: 190 } } },
  ])
  const profile = await client.findPersonProfile(ACCOUNT, PERSON)
  assert.deepEqual([profile?.username, profile?.name], ['ana', undefined])
  assert.equal(await client.findPersonProfile(ACCOUNT, PERSON), undefined)
  assert.equal(await client.findPersonProfile(ACCOUNT, PERSON), undefined)
  await assert.rejects(client.findPersonProfile(ACCOUNT, PERSON), GraphError)
})
