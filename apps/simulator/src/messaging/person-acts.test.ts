import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LUMEN, connectInstagram, personWrites } from '#testing/connect.ts'
import { at, startTestSimulator } from '#testing/test-simulator.ts'
import type { TestSimulator } from '#testing/test-simulator.ts'

/** The messaging item of the last webhook, after one act of Ana's. */
async function itemAfter(sim: TestSimulator, act: () => Promise<unknown>): Promise<unknown> {
  const before = sim.callback.received.length
  await act()
  const received = await sim.callback.waitFor(before + 1)
  return at(JSON.parse(received[before]?.body ?? '{}'), 'entry', 0, 'messaging', 0)
}

const ana = (sim: TestSimulator, what: string, body: Record<string, unknown>) =>
  sim.control('POST', `/people/ana/${what}`, { account: LUMEN.key, ...body })

for (const [name, body, expected] of [
  [
    'a tapped quick reply is a message with a payload',
    { quickReply: { title: 'Sizes', payload: 'ASK_SIZES' } },
    { text: 'Sizes', quick_reply: { payload: 'ASK_SIZES' } },
  ],
  [
    'a shared post carries media id, title and address',
    {
      attachments: [
        {
          type: 'ig_post',
          payload: { ig_post_media_id: '1', title: 'New', url: 'https://x.example' },
        },
      ],
    },
    {
      attachments: [
        {
          type: 'ig_post',
          payload: { ig_post_media_id: '1', title: 'New', url: 'https://x.example' },
        },
      ],
    },
  ],
  [
    'several photos are one message',
    {
      attachments: [
        { type: 'image', url: 'https://x.example/1' },
        { type: 'image', url: 'https://x.example/2' },
      ],
    },
    {
      attachments: [
        { type: 'image', payload: { url: 'https://x.example/1' } },
        { type: 'image', payload: { url: 'https://x.example/2' } },
      ],
    },
  ],
  [
    'view-once media has no payload at all',
    { attachments: [{ type: 'ephemeral' }] },
    { attachments: [{ type: 'ephemeral' }] },
  ],
  ['what the API cannot show says so', { unsupported: true }, { is_unsupported: true }],
  [
    'a story mention is an attachment',
    { storyMention: { url: 'https://x.example/s' } },
    { attachments: [{ type: 'story_mention', payload: { url: 'https://x.example/s' } }] },
  ],
  [
    'a story reply names the story',
    { text: 'wow', replyTo: { story: { id: '18', url: 'https://x.example/s' } } },
    { text: 'wow', reply_to: { story: { id: '18', url: 'https://x.example/s' } } },
  ],
  [
    'an ad brings its referral',
    { text: 'hi', referral: { source: 'ADS', type: 'OPEN_THREAD', ad_id: '120' } },
    { text: 'hi', referral: { source: 'ADS', type: 'OPEN_THREAD', ad_id: '120' } },
  ],
  [
    'an unknown attachment goes out as it is',
    { attachments: [{ type: 'hologram', payload: { depth: 3 } }] },
    { attachments: [{ type: 'hologram', payload: { depth: 3 } }] },
  ],
] as const) {
  test(name, async () => {
    await using sim = await startTestSimulator()
    await connectInstagram(sim)
    const item = await itemAfter(sim, () => ana(sim, 'messages', body))
    const { mid, ...message } = Object(at(item, 'message'))
    assert.match(String(mid), /^aWdf/)
    assert.deepEqual(message, expected)
  })
}

test('a tapped button is a postback, with or without mid', async () => {
  await using sim = await startTestSimulator()
  await connectInstagram(sim)
  const tap = () => ana(sim, 'messages', { postback: { title: 'Hours', payload: 'HOURS' } })
  const withMid = at(await itemAfter(sim, tap), 'postback')
  assert.match(String(at(withMid, 'mid')), /^aWdf/)
  await sim.control('POST', '/switches', { postbackMid: false })
  assert.deepEqual(at(await itemAfter(sim, tap), 'postback'), { title: 'Hours', payload: 'HOURS' })
})

test('reactions, edits, seen and unsend have the shapes of the sheet', async () => {
  await using sim = await startTestSimulator()
  await connectInstagram(sim)
  const { mid } = await personWrites(sim, { text: 'one' })
  await sim.callback.waitFor(1)
  const react = await itemAfter(sim, () => ana(sim, 'react', { mid }))
  assert.deepEqual(at(react, 'reaction'), { mid, action: 'react', reaction: 'love', emoji: '❤️' })
  const unreact = await itemAfter(sim, () => ana(sim, 'unreact', { mid }))
  assert.deepEqual(at(unreact, 'reaction'), { mid, action: 'unreact' })
  const edit = await itemAfter(sim, () => ana(sim, 'edit', { mid, text: 'two' }))
  assert.deepEqual(at(edit, 'message_edit'), { mid, text: 'two', num_edit: 1 })
  const seen = await itemAfter(sim, () => ana(sim, 'seen', { mid }))
  assert.deepEqual(at(seen, 'read'), { mid })
  const unsend = await itemAfter(sim, () => ana(sim, 'unsend', { mid }))
  assert.deepEqual(at(unsend, 'message'), { mid, is_deleted: true })
})

test('an ad id without quotes keeps all its digits', async () => {
  await using sim = await startTestSimulator()
  await connectInstagram(sim)
  await sim.control('POST', '/switches', { numericAdId: true })
  await ana(sim, 'messages', {
    text: 'hi',
    referral: { source: 'ADS', ad_id: '120210000000000011' },
  })
  const [received] = await sim.callback.waitFor(1)
  assert.ok(received?.body.includes('"ad_id":120210000000000011'))
})

test('one person has another id towards every account', async () => {
  await using sim = await startTestSimulator()
  const igsids = at(await sim.control('GET', '/state'), 'people', 0, 'igsids')
  const values = Object.values(Object(igsids)).map(String)
  assert.equal(new Set(values).size, 3)
  for (const igsid of values) assert.notEqual(String(Number(igsid)), igsid)
})
