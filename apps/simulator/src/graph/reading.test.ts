import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CASA, LUMEN, connectInstagram, connectPage, personWrites } from '#testing/connect.ts'
import { at, refusalOf, startTestSimulator } from '#testing/test-simulator.ts'

const DAY_MS = 24 * 3_600_000

test('a profile needs a message first, and the review robot has none', async () => {
  await using sim = await startTestSimulator()
  const token = await connectInstagram(sim)
  const state = await sim.control('GET', '/state')
  const igsid = String(at(state, 'people', 2, 'igsids', LUMEN.key))
  const read = (id: string) =>
    sim.instagram('GET', `/v25.0/${id}?fields=name,username,profile_pic,follower_count`, token)
  assert.equal(refusalOf(await read(igsid)), '230')
  await personWrites(sim, { person: 'zoe' })
  assert.equal(at((await read(igsid)).json, 'name'), 'Zoë Çelik 🌸')
  const nameless = await personWrites(sim, { person: 'mika' })
  const { json } = await read(nameless.igsid)
  assert.deepEqual([at(json, 'name'), at(json, 'profile_pic')], [null, null])
  const robot = await read((await personWrites(sim, { person: 'review-bot' })).igsid)
  assert.deepEqual([robot.status, refusalOf(robot)], [401, '9010'])
})

test('a profile picture works, and dies after some days', async () => {
  await using sim = await startTestSimulator()
  const token = await connectInstagram(sim)
  const { igsid } = await personWrites(sim)
  const { json } = await sim.instagram('GET', `/v25.0/${igsid}?fields=profile_pic`, token)
  const url = String(at(json, 'profile_pic'))
  assert.match((await sim.request('GET', url)).text, /^<svg/)
  await sim.control('POST', '/clock', { advanceMs: 4 * DAY_MS })
  assert.equal((await sim.request('GET', url)).status, 403)
})

test('a conversation tells all ids, details of the newest 20 only', async () => {
  await using sim = await startTestSimulator()
  const token = await connectInstagram(sim)
  await sim.control('POST', '/switches', { conversationCallsPerSecond: 100 })
  const first = await personWrites(sim, { text: 'number 0' })
  for (let index = 1; index <= 20; index += 1) await personWrites(sim, { text: `number ${index}` })
  const path = `/v25.0/me/conversations?platform=instagram&user_id=${first.igsid}&fields=participants,messages.limit(50){id,message,from},updated_time`
  const { json } = await sim.instagram('GET', path, token)
  const messages = at(json, 'data', 0, 'messages', 'data')
  assert.equal(at(messages, 'length'), 21)
  assert.equal(at(messages, 0, 'message'), 'number 20')
  assert.equal(at(messages, 20, 'message'), undefined)
  assert.equal(at(messages, 20, 'id'), first.mid)
  const old = await sim.instagram('GET', `/v25.0/${first.mid}?fields=message`, token)
  assert.equal(refusalOf(old), '9000001')
})

test('conversations may be read twice a second', async () => {
  await using sim = await startTestSimulator()
  const token = await connectInstagram(sim)
  const read = () => sim.instagram('GET', '/v25.0/me/conversations?platform=instagram', token)
  const all = await Promise.all([read(), read(), read()])
  assert.deepEqual(all.map(refusalOf).filter(Boolean), ['613/2534040'])
})

test('a request that nobody answers is hidden after 30 days', async () => {
  await using sim = await startTestSimulator()
  const token = await connectInstagram(sim)
  await personWrites(sim)
  const count = async () =>
    at((await sim.instagram('GET', '/v25.0/me/conversations', token)).json, 'data', 'length')
  assert.equal(await count(), 1)
  await sim.control('POST', '/clock', { advanceMs: 30 * DAY_MS })
  assert.equal(await count(), 0)
})

test('Facebook lists Instagram conversations only when asked for the platform', async () => {
  await using sim = await startTestSimulator()
  const token = await connectPage(sim)
  await personWrites(sim, { account: CASA.key })
  const count = async (query: string) =>
    at((await sim.facebook('GET', `/v25.0/me/conversations${query}`, token)).json, 'data', 'length')
  assert.equal(await count(''), 0)
  assert.equal(await count('?platform=instagram'), 1)
})

test('media come page by page; a reel with copyrighted audio has no address', async () => {
  await using sim = await startTestSimulator()
  const token = await connectInstagram(sim)
  const fields = 'id,media_type,media_product_type,media_url,thumbnail_url,children{media_url}'
  const first = await sim.instagram('GET', `/v25.0/me/media?fields=${fields}`, token)
  assert.equal(at(first.json, 'data', 'length'), 25)
  const reel = at(first.json, 'data', 3)
  assert.deepEqual([at(reel, 'media_type'), at(reel, 'media_product_type')], ['VIDEO', 'REELS'])
  assert.equal(at(reel, 'media_url'), undefined)
  assert.match(String(at(reel, 'thumbnail_url')), /^http/)
  assert.equal(at(first.json, 'data', 1, 'children', 'data', 'length'), 3)
  const next = await sim.request('GET', String(at(first.json, 'paging', 'next')))
  assert.equal(at(next.json, 'data', 'length'), 5)
  const bare = await sim.instagram('GET', '/v25.0/me/media', token)
  assert.deepEqual(Object.keys(Object(at(bare.json, 'data', 0))), ['id'])
})

test('each host has its own field names for subscriptions', async () => {
  await using sim = await startTestSimulator()
  const token = await connectInstagram(sim)
  const page = await connectPage(sim)
  const onInstagram = (fields: string) =>
    sim.instagram('POST', `/v25.0/me/subscribed_apps?subscribed_fields=${fields}`, token)
  const onPage = (fields: string) =>
    sim.facebook('POST', `/v25.0/me/subscribed_apps?subscribed_fields=${fields}`, page)
  assert.equal((await onInstagram('messages,messaging_seen,message_edit')).status, 200)
  assert.equal(refusalOf(await onInstagram('messages,message_echoes')), '100')
  assert.equal(refusalOf(await onInstagram('')), '100')
  assert.equal((await onPage('messages,message_reads,message_edits')).status, 200)
  assert.equal(refusalOf(await onPage('messages,messaging_seen')), '100')
  const listed = await sim.instagram('GET', '/v25.0/me/subscribed_apps', token)
  assert.deepEqual(at(listed.json, 'data', 0, 'subscribed_fields'), [
    'messages',
    'messaging_seen',
    'message_edit',
  ])
  await sim.control('POST', '/switches', { meSubscribedAppsRefused: true })
  assert.equal(refusalOf(await onInstagram('messages')), '100')
  assert.deepEqual((await sim.instagram('DELETE', '/v25.0/me/subscribed_apps', token)).json, {
    success: true,
  })
  assert.deepEqual((await sim.instagram('GET', '/v25.0/me/subscribed_apps', token)).json, {
    data: [],
  })
})

test('an account can only be reached with its own token', async () => {
  await using sim = await startTestSimulator()
  const token = await connectInstagram(sim)
  assert.equal(
    refusalOf(await sim.instagram('GET', `/v25.0/${CASA.id}?fields=id`, token)),
    '100/33',
  )
  assert.equal(refusalOf(await sim.instagram('GET', '/v25.0/me')), '2500')
  assert.equal(refusalOf(await sim.instagram('GET', '/v25.0/me', 'IGAAx')), '190')
})
