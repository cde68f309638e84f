import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { LUMEN, connectInstagram, longToken, personWrites } from '#testing/connect.ts'
import { at, refusalOf, startTestSimulator } from '#testing/test-simulator.ts'

test('a reset brings the seed back and keeps the apps', async () => {
  await using sim = await startTestSimulator()
  const token = await connectInstagram(sim)
  await personWrites(sim)
  await sim.control('POST', '/switches', { echo: 'off' })
  await sim.control('POST', '/clock', { advanceMs: 1e9 })
  await sim.control('POST', '/reset')
  const state = await sim.control('GET', '/state')
  assert.equal(at(state, 'switches', 'echo'), 'after')
  assert.equal(at(state, 'accounts', 0, 'connected'), false)
  assert.ok(Math.abs(Number(at(state, 'clock', 'nowMs')) - Date.now()) < 10_000)
  assert.equal(at(await sim.control('GET', `/threads/${LUMEN.key}/ana`), 'messages', 'length'), 0)
  assert.equal(at(state, 'apps', 'instagram', 'webhook', 'callbackUrl'), sim.callback.url)
  assert.equal(refusalOf(await sim.instagram('GET', '/v25.0/me', token)), '190')
})

test('the seed has three businesses, two of them behind pages, and five people', async () => {
  await using sim = await startTestSimulator()
  const state = await sim.control('GET', '/state')
  assert.equal(at(state, 'accounts', 'length'), 3)
  assert.equal(at(state, 'people', 'length'), 5)
  assert.equal(at(state, 'accounts', 0, 'pageId'), null)
  assert.match(String(at(state, 'accounts', 1, 'pageId')), /^\d+$/)
})

test('what the control API does not know is said in words', async () => {
  await using sim = await startTestSimulator()
  const { url } = sim.simulator
  const post = (path: string, body: unknown) =>
    sim.request('POST', `${url}/simulator${path}`, { body })
  assert.equal((await post('/switches', { ecco: 'off' })).status, 400)
  assert.equal(
    (await post('/people/nobody/messages', { account: LUMEN.key, text: 'a' })).status,
    404,
  )
  assert.equal((await post('/people/ana/messages', { account: 'nobody', text: 'a' })).status, 404)
})

test('state and logs hold no secret and no token', async () => {
  await using sim = await startTestSimulator()
  const token = await connectInstagram(sim)
  await sim.instagram('GET', `/v25.0/me?access_token=${token}`)
  const shown = JSON.stringify([
    await sim.control('GET', '/state'),
    await sim.control('GET', '/calls'),
  ])
  assert.ok(!shown.includes(token))
  assert.ok(!shown.includes('ig-secret'))
  const calls = at(await sim.control('GET', '/calls?last=1'), 'calls', 0)
  assert.deepEqual(at(calls, 'queryNames'), ['access_token'])
  assert.equal(at(calls, 'account'), LUMEN.key)
})

test('tokens expire, end and are made by hand', async () => {
  await using sim = await startTestSimulator()
  const token = await longToken(sim)
  const me = (value: string) => sim.instagram('GET', '/v25.0/me', value)
  await sim.control('POST', '/tokens/expire', { account: LUMEN.key })
  assert.equal(refusalOf(await me(token)), '190')
  const made = await sim.control('POST', '/tokens', {
    account: LUMEN.key,
    ageMs: 2 * 86_400_000,
    subscribe: true,
  })
  const fresh = String(at(made, 'accessToken'))
  assert.equal((await me(fresh)).status, 200)
  const refreshed = await sim.instagram(
    'GET',
    `/refresh_access_token?grant_type=ig_refresh_token&access_token=${fresh}`,
  )
  assert.equal(refreshed.status, 200)
  await sim.control('POST', '/tokens/revoke', { account: LUMEN.key, subcode: 460 })
  assert.equal(refusalOf(await me(fresh)), '190/460')
  await sim.control('POST', '/tokens/revoke', { account: LUMEN.key })
  const state = await sim.control('GET', '/state')
  assert.equal(at(state, 'accounts', 0, 'connected'), false)
})

test('deauthorize is posted signed, for the app-scoped id, and judged', async () => {
  await using sim = await startTestSimulator()
  const outcome = await sim.control('POST', '/data-deletion', {
    account: LUMEN.key,
    url: sim.callback.url,
  })
  assert.equal(at(outcome, 'userId'), LUMEN.appScopedId)
  assert.match(String(at(outcome, 'complaint')), /JSON/)
  await sim.control('POST', '/deauthorize', { userId: '0', url: sim.callback.url })
  const [deletion, deauthorize] = await sim.callback.waitFor(2)
  const read = (body: string | undefined) => {
    const request = new URLSearchParams(body).get('signed_request') ?? ''
    const [signature, payload = ''] = request.split('.')
    assert.equal(signature, createHmac('sha256', 'ig-secret').update(payload).digest('base64url'))
    const parsed: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return parsed
  }
  assert.equal(at(read(deletion?.body), 'user_id'), LUMEN.appScopedId)
  assert.equal(at(read(deauthorize?.body), 'user_id'), '0')
  assert.equal(at(read(deauthorize?.body), 'algorithm'), 'HMAC-SHA256')
})

test('removing the app kills its tokens and posts one signed deauthorize, and a deletion when asked', async () => {
  await using sim = await startTestSimulator()
  const token = await longToken(sim)
  await sim.control('POST', '/apps', {
    instagram: { deauthorizeUrl: `${sim.callback.url}/out`, dataDeletionUrl: sim.callback.url },
  })
  const removed = await sim.control('POST', '/remove-app', {
    account: LUMEN.key,
    requestDeletion: true,
  })
  assert.equal(at(removed, 'tokens'), 2, 'the short one and the long one')
  assert.equal(at(removed, 'deauthorize', 'userId'), LUMEN.appScopedId)
  assert.equal(at(removed, 'deletion', 'url'), sim.callback.url)
  assert.equal(refusalOf(await sim.instagram('GET', '/v25.0/me', token)), '190/458')
  const state = await sim.control('GET', '/state')
  assert.equal(at(state, 'accounts', 0, 'logins', 'instagram'), null)
  const posted = await sim.callback.waitFor(2)
  assert.equal(posted.length, 2)
  for (const { body } of posted) assert.match(body, /^signed_request=[\w-]{43}\./)
})

test('a page of another site cannot use the control API', async () => {
  await using sim = await startTestSimulator()
  const answer = await fetch(`${sim.simulator.url}/simulator/reset`, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'cross-site' },
  })
  assert.equal(answer.status, 403)
})
