import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LUMEN, exchangeCode, instagramCode, longToken, shortOf } from '#testing/connect.ts'
import {
  INSTAGRAM_APP,
  INSTAGRAM_SCOPES,
  REDIRECT,
  at,
  refusalOf,
  startTestSimulator,
} from '#testing/test-simulator.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const REFRESH = '/refresh_access_token?grant_type=ig_refresh_token&access_token='
const window = {
  client_id: INSTAGRAM_APP.id,
  redirect_uri: REDIRECT,
  response_type: 'code',
  scope: INSTAGRAM_SCOPES,
}

test('Allow leads back with a code, the state and #_', async () => {
  await using sim = await startTestSimulator()
  const back = await sim.consent({ ...window, state: 'a b&c' })
  assert.equal(back.searchParams.get('state'), 'a b&c')
  assert.match(back.searchParams.get('code') ?? '', /^AQ/)
  assert.equal(back.hash, '#_')
})

test('Cancel leads back with Meta’s words and the state', async () => {
  await using sim = await startTestSimulator()
  const back = await sim.consent({ ...window, state: 's' }, { allow: false })
  assert.equal(
    back.search,
    '?error=access_denied&error_reason=user_denied&error_description=The+user+denied+your+request&state=s',
  )
})

test('the window works as a plain form', async () => {
  await using sim = await startTestSimulator()
  const url = `${sim.simulator.urls.INSTAGRAM_WWW_URL}/oauth/authorize?${new URLSearchParams(window).toString()}`
  const page = await sim.request('GET', url)
  assert.match(page.text, /Simulator/)
  assert.match(page.text, />Allow</)
  const body = new URLSearchParams({
    decision: 'allow',
    account: 'casa.verde',
    scope: 'instagram_business_basic',
  })
  const answer = await sim.request('POST', url, { body })
  assert.equal(answer.status, 302)
  const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
  const { json } = await exchangeCode(sim, code)
  assert.deepEqual(at(json, 'permissions'), ['instagram_business_basic'])
})

for (const [name, changed] of [
  ['an unknown app', { client_id: '1' }],
  ['an unregistered address', { redirect_uri: `${REDIRECT}/` }],
  ['an unknown scope', { scope: 'instagram_business_basic,business_basic' }],
  ['a missing basic scope', { scope: 'instagram_business_manage_messages' }],
] as const) {
  test(`${name} shows a page and is never sent back`, async () => {
    await using sim = await startTestSimulator()
    const query = new URLSearchParams({ ...window, ...changed })
    const url = `${sim.simulator.urls.INSTAGRAM_WWW_URL}/oauth/authorize?${query.toString()}`
    const answer = await sim.request('GET', url)
    assert.equal(answer.status, 400)
    assert.equal(answer.headers.get('location'), null)
    assert.match(answer.headers.get('content-type') ?? '', /html/)
  })
}

test('a code works once', async () => {
  await using sim = await startTestSimulator()
  const code = await instagramCode(sim)
  assert.equal((await exchangeCode(sim, code)).status, 200)
  const again = await exchangeCode(sim, code)
  assert.deepEqual(
    [again.status, again.json],
    [
      400,
      {
        error_type: 'OAuthException',
        code: 400,
        error_message: 'Matching code was not found or was already used',
      },
    ],
  )
})

test('a code works for one hour, and not at the hour', async () => {
  await using sim = await startTestSimulator()
  const [early, late] = [await instagramCode(sim), await instagramCode(sim)]
  await sim.control('POST', '/clock', { advanceMs: HOUR_MS - 5000 })
  assert.equal((await exchangeCode(sim, early)).status, 200)
  await sim.control('POST', '/clock', { advanceMs: 5000 })
  assert.equal((await exchangeCode(sim, late)).status, 400)
})

test('another redirect address is refused and leaves the code usable', async () => {
  await using sim = await startTestSimulator()
  const code = await instagramCode(sim)
  const wrong = await exchangeCode(sim, code, { redirect_uri: `${REDIRECT}?a=1` })
  assert.match(String(at(wrong.json, 'error_message')), /redirect_uri is identical/)
  assert.equal((await exchangeCode(sim, code)).status, 200)
})

test('the other app’s id is no platform app, and a wrong secret is said so', async () => {
  await using sim = await startTestSimulator()
  const code = await instagramCode(sim)
  const id = await exchangeCode(sim, code, { client_id: '1780000000000022' })
  assert.equal(at(id.json, 'error_message'), 'Invalid platform app')
  const secret = await exchangeCode(sim, code, { client_secret: 'fb-secret' })
  assert.equal(at(secret.json, 'error_message'), 'Error validating client secret.')
})

test('user_id of the exchange is 17 bare digits which a double cannot hold', async () => {
  await using sim = await startTestSimulator()
  const { text, json } = await exchangeCode(sim, await instagramCode(sim))
  assert.ok(text.includes(`"user_id":${LUMEN.appScopedId},`))
  assert.notEqual(String(at(json, 'user_id')), LUMEN.appScopedId)
})

test('the exchange answers in the other two shapes when told to', async () => {
  await using sim = await startTestSimulator()
  await sim.control('POST', '/switches', { tokenReply: 'data_array', permissionsReply: 'string' })
  const documented = await exchangeCode(sim, await instagramCode(sim))
  assert.equal(at(documented.json, 'data', 0, 'user_id'), LUMEN.appScopedId)
  assert.equal(at(documented.json, 'data', 0, 'permissions'), INSTAGRAM_SCOPES)
  await sim.control('POST', '/switches', { tokenReply: 'flat_string' })
  const flat = await exchangeCode(sim, await instagramCode(sim))
  assert.equal(at(flat.json, 'user_id'), LUMEN.appScopedId)
})

test('/me tells two ids apart', async () => {
  await using sim = await startTestSimulator()
  const token = await longToken(sim)
  const me = await sim.instagram('GET', '/v25.0/me?fields=user_id,username', token)
  assert.deepEqual(me.json, { user_id: LUMEN.id, username: LUMEN.key, id: LUMEN.appScopedId })
  await sim.control('POST', '/switches', { meUserId: 'int', meReply: 'data_array' })
  const other = await sim.instagram('GET', '/v25.0/me?fields=user_id', token)
  assert.equal(other.text, `{"data":[{"user_id":${LUMEN.id},"id":"${LUMEN.appScopedId}"}]}`)
})

test('only a short token is exchanged, and only with the right secret', async () => {
  await using sim = await startTestSimulator()
  const short = shortOf((await exchangeCode(sim, await instagramCode(sim))).json)
  const exchange = (secret: string, token: string) =>
    sim.instagram(
      'GET',
      `/access_token?grant_type=ig_exchange_token&client_secret=${secret}&access_token=${token}`,
    )
  assert.equal(refusalOf(await exchange('wrong', short)), '1')
  const long = await exchange(INSTAGRAM_APP.secret, short)
  assert.equal(at(long.json, 'expires_in'), 5_183_944)
  assert.equal(refusalOf(await exchange(INSTAGRAM_APP.secret, shortOf(long.json))), '100')
})

test('a token is refreshed from 24 hours of age on, not a moment earlier', async () => {
  await using sim = await startTestSimulator()
  const token = await longToken(sim)
  await sim.control('POST', '/clock', { advanceMs: DAY_MS - 5000 })
  assert.equal(refusalOf(await sim.instagram('GET', REFRESH + token)), '100')
  await sim.control('POST', '/clock', { advanceMs: 5000 })
  const refreshed = await sim.instagram('GET', REFRESH + token)
  assert.notEqual(shortOf(refreshed.json), token)
  assert.equal((await sim.instagram('GET', '/v25.0/me', token)).status, 200)
})

test('a refresh may give the same string, or kill the old one', async () => {
  await using sim = await startTestSimulator()
  const token = await longToken(sim)
  await sim.control('POST', '/switches', { refreshReply: 'same_string' })
  await sim.control('POST', '/clock', { advanceMs: DAY_MS })
  assert.equal(shortOf((await sim.instagram('GET', REFRESH + token)).json), token)
  await sim.control('POST', '/switches', {
    refreshReply: 'new_string',
    oldTokenAfterRefresh: 'dies',
  })
  await sim.control('POST', '/clock', { advanceMs: DAY_MS })
  assert.equal((await sim.instagram('GET', REFRESH + token)).status, 200)
  assert.equal(refusalOf(await sim.instagram('GET', '/v25.0/me', token)), '190/467')
})

test('a token that ended after 60 days says when, in Pacific time', async () => {
  await using sim = await startTestSimulator()
  const token = await longToken(sim)
  await sim.control('POST', '/clock', { advanceMs: 60 * DAY_MS })
  const refused = await sim.instagram('GET', REFRESH + token)
  assert.deepEqual([refused.status, refusalOf(refused)], [400, '190'])
  assert.match(
    String(at(refused.json, 'error', 'message')),
    /^Error validating access token: Session has expired on \w+day, \d\d-\w{3}-\d\d \d\d:\d\d:\d\d PST\. The current time is /,
  )
})

test('an app in development fails at its first Graph call for accounts that are no testers', async () => {
  await using sim = await startTestSimulator()
  await sim.control('POST', '/switches', { instagramAppMode: 'development' })
  await sim.control('PATCH', `/accounts/${LUMEN.key}`, { isTester: false })
  const short = await exchangeCode(sim, await instagramCode(sim))
  assert.equal(short.status, 200)
  const me = await sim.instagram('GET', '/v25.0/me', shortOf(short.json))
  assert.equal(at(me.json, 'error', 'message'), 'Unsupported request - method type: get')
  assert.equal(refusalOf(me), '100')
})

test('the token addresses carry no version, and a doubled version is an error 500', async () => {
  await using sim = await startTestSimulator()
  const token = await longToken(sim)
  assert.equal((await sim.instagram('GET', `/v25.0${REFRESH}${token}`)).status, 400)
  const doubled = await sim.instagram('POST', '/v25.0/v25.0/me/messages', token, {})
  assert.deepEqual([doubled.status, refusalOf(doubled)], [500, '2500'])
})
