import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CASA, LUMEN, connectInstagram, connectPage, longToken } from '#testing/connect.ts'
import { FACEBOOK_APP, at, refusalOf, startTestSimulator } from '#testing/test-simulator.ts'

const me = { path: '/me' }

test('a fault on /me leaves the token addresses alone', async () => {
  await using sim = await startTestSimulator()
  const token = await longToken(sim)
  await sim.control('POST', '/faults', { ...me, error: { code: 190 } })
  const path = `/refresh_access_token?grant_type=ig_refresh_token&access_token=${token}`
  assert.equal(refusalOf(await sim.instagram('GET', path)), '100')
  assert.equal(refusalOf(await sim.instagram('GET', `/v25.0/${LUMEN.id}`, token)), '190')
  assert.equal((await sim.instagram('GET', '/v25.0/me', token)).status, 200)
})

test('a fault strikes one account and spares the other', async () => {
  await using sim = await startTestSimulator()
  const lumen = await longToken(sim)
  const casa = await longToken(sim, CASA.key)
  await sim.control('POST', '/faults', {
    account: CASA.key,
    times: 9,
    error: { code: 2, httpStatus: 500 },
  })
  assert.equal((await sim.instagram('GET', '/v25.0/me', lumen)).status, 200)
  const refused = await sim.instagram('GET', '/v25.0/me', casa)
  assert.deepEqual([refused.status, refusalOf(refused)], [500, '2'])
  assert.equal(at(refused.json, 'error', 'is_transient'), true)
})

test('answers without JSON: nothing at all, an empty 500, a page', async () => {
  await using sim = await startTestSimulator()
  const token = await longToken(sim)
  await sim.control('POST', '/faults', { ...me, error: 'empty-500' })
  await sim.control('POST', '/faults', { ...me, error: 'html' })
  await sim.control('POST', '/faults', { ...me, error: 'drop-before' })
  await sim.control('POST', '/faults', { ...me, error: 'hang' })
  const read = () => sim.instagram('GET', '/v25.0/me', token)
  const empty = await read()
  assert.deepEqual([empty.status, empty.text], [500, ''])
  assert.match((await read()).text, /^<!DOCTYPE html>/)
  await assert.rejects(read())
  const url = `${sim.simulator.urls.INSTAGRAM_GRAPH_URL}/v25.0/me?access_token=${token}`
  await assert.rejects(fetch(url, { signal: AbortSignal.timeout(100) }), { name: 'TimeoutError' })
  const log = at(await sim.control('GET', '/calls?last=4'), 'calls')
  const shown = Array.isArray(log)
    ? log.map((one: unknown) => [at(one, 'status'), at(one, 'fault')])
    : []
  assert.deepEqual(shown.slice(0, 3), [
    [500, 'empty-500'],
    [502, 'html'],
    [null, 'drop-before'],
  ])
})

test('a fault may only delay', async () => {
  await using sim = await startTestSimulator()
  const token = await longToken(sim)
  await sim.control('POST', '/faults', { ...me, delayMs: 60 })
  const startedMs = performance.now()
  assert.equal((await sim.instagram('GET', '/v25.0/me', token)).status, 200)
  assert.ok(performance.now() - startedMs >= 55)
})

test('a file is uploaded once and sent by its id', async () => {
  await using sim = await startTestSimulator()
  const token = await connectPage(sim)
  const form = new FormData()
  form.set(
    'message',
    JSON.stringify({ attachment: { type: 'image', payload: { is_reusable: true } } }),
  )
  form.set('filedata', new File(['png'], 'a.png', { type: 'image/png' }))
  const url = `${sim.simulator.urls.FACEBOOK_GRAPH_URL}/v25.0/${CASA.pageId}/message_attachments?access_token=${token}`
  const uploaded: unknown = await (await fetch(url, { method: 'POST', body: form })).json()
  const id = String(at(uploaded, 'attachment_id'))
  assert.match(id, /^\d{16}$/)
  await sim.control('POST', '/people/ana/messages', { account: CASA.key, text: 'hi' })
  const thread = await sim.control('GET', `/threads/${CASA.key}/ana`)
  const sent = await sim.facebook('POST', '/v25.0/me/messages', token, {
    recipient: { id: at(thread, 'igsid') },
    message: { attachment: { type: 'image', payload: { attachment_id: id } } },
  })
  assert.equal(sent.status, 200)
})

test('the callback of the Facebook app is set by API, after a handshake', async () => {
  await using sim = await startTestSimulator()
  const path = (callback: string) =>
    `/v25.0/${FACEBOOK_APP.id}/subscriptions?${new URLSearchParams({
      object: 'instagram',
      callback_url: callback,
      verify_token: 'v',
      fields: 'messages,messaging_seen',
      access_token: `${FACEBOOK_APP.id}|${FACEBOOK_APP.secret}`,
    }).toString()}`
  assert.deepEqual((await sim.facebook('POST', path(sim.callback.url))).json, { success: true })
  assert.equal(refusalOf(await sim.facebook('POST', path(`${sim.simulator.url}/`))), '2200')
})

test('usage headers are absent while there is nothing to tell', async () => {
  await using sim = await startTestSimulator()
  const token = await connectInstagram(sim)
  const read = async () =>
    (await sim.instagram('GET', '/v25.0/me', token)).headers.get('x-business-use-case-usage')
  assert.equal(await read(), null)
  await sim.control('POST', '/switches', { usagePercent: 85 })
  assert.match((await read()) ?? '', /"call_count":85/)
})
