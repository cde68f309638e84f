import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { answerJson, testConnectWorld } from '#testing/test-connect.ts'
import type { Json, TestConnectWorld } from '#testing/test-connect.ts'
import { TEST_START_MS, testApps } from '#testing/test-ports.ts'
import { useGrant } from '#tokens/use-grant.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const PAGE = '134895793791901'
const FOREIGN_APP = '9000000000000009'

/** Tokens as Meta's dashboard and other products make them, and a way to import them. */
async function stage(world: TestConnectWorld) {
  await world.control('/clock', { nowMs: TEST_START_MS })
  const make = async (asked: object): Promise<string> =>
    (await world.control('/tokens', { account: 'lumen.chiro', ...asked })).accessToken
  const post = async (request: object, headers: Record<string, string> = world.asHost) =>
    await world.call('POST', '/v1/connections/import', {
      body: { tenantId: 'clinic', login: 'instagram', ...request },
      headers,
    })
  const refusal = async (request: object): Promise<[number, string]> => {
    const { status, json } = await post(request)
    return [status, json.code]
  }
  const tokenOf = async (connectionId: string): Promise<string> =>
    (await useGrant(world.ports, { tenantId: 'clinic', connectionId }, 'test')).token.reveal()
  return { make, post, refusal, tokenOf }
}

/** Everything that says what is connected. */
async function snapshot(world: TestConnectWorld): Promise<unknown> {
  const { db } = world.ports
  return [
    await db.many(sql`select * from connections order by id`),
    await db.many(sql`select * from grants order by id`),
    await db.many(sql`select * from imported_rows order by row_hash`),
    await db.many(sql`select * from connect_sessions order by id`),
  ]
}

test('a short-lived Instagram token is exchanged, subscribed and live', async () => {
  await using world = await testConnectWorld()
  const { make, post, tokenOf } = await stage(world)
  const accessToken = await make({ kind: 'short' })
  const { status, json } = await post({ accessToken })
  assert.equal(status, 201)
  assert.deepEqual(
    [json.status, json.account.id, json.account.username, json.webhook.subscribed],
    ['active', '17841400000000101', 'lumen.chiro', true],
  )
  assert.equal(json.grants[0].expiry, 'known')
  assert.notEqual(await tokenOf(json.id), accessToken)
  assert.deepEqual(json.capabilities.messages, { state: 'on' })
})

test('a long-lived Instagram token is renewed and kept', async () => {
  await using world = await testConnectWorld()
  const { make, post, tokenOf } = await stage(world)
  const accessToken = await make({ ageMs: 20 * DAY_MS })
  const { status, json } = await post({ accessToken })
  assert.equal(status, 201)
  assert.equal(json.grants[0].expiry, 'known')
  const lifeMs = Date.parse(json.grants[0].expiresAt) - TEST_START_MS
  assert.ok(lifeMs > 59 * DAY_MS, 'for sixty days from now')
  assert.notEqual(await tokenOf(json.id), accessToken)
})

test('a long-lived token too young to be renewed is kept without a date, and due in a day', async () => {
  await using world = await testConnectWorld()
  const { make, post, tokenOf } = await stage(world)
  const accessToken = await make({ ageMs: 23 * HOUR_MS })
  const { status, json } = await post({ accessToken })
  assert.equal(status, 201)
  const [grant] = json.grants
  assert.deepEqual([grant.expiry, grant.expiresAt], ['unknown', null])
  assert.equal(Date.parse(grant.nextRefreshAt) - TEST_START_MS, DAY_MS)
  assert.equal(await tokenOf(json.id), accessToken)
})

test('a renewed token that speaks for somebody else is not taken: the one that was brought stays', async () => {
  await using world = await testConnectWorld()
  const { make, post, tokenOf } = await stage(world)
  const accessToken = await make({ ageMs: 20 * DAY_MS })
  const others = await make({ account: 'casa.verde' })
  world.intercepts.push(({ url }) =>
    url.includes('/refresh_access_token')
      ? answerJson(200, { access_token: others, expires_in: 5_184_000 })
      : undefined,
  )
  const { json } = await post({ accessToken })
  assert.equal(await tokenOf(json.id), accessToken)
  assert.equal(json.grants[0].expiry, 'unknown')
})

test('an exchanged token that speaks for somebody else is refused, and nothing is kept', async () => {
  await using world = await testConnectWorld()
  const { make, refusal } = await stage(world)
  const accessToken = await make({ kind: 'short' })
  const others = await make({ account: 'casa.verde' })
  const before = await snapshot(world)
  world.intercepts.push(({ url }) =>
    url.includes('/access_token?')
      ? answerJson(200, { access_token: others, expires_in: 5_184_000 })
      : undefined,
  )
  assert.deepEqual(await refusal({ accessToken }), [502, 'connect/exchange-failed'])
  assert.deepEqual(await snapshot(world), before)
  assert.equal(world.calls('subscribed_apps'), 0)
})

test('importing the same token again asks Meta nothing and changes nothing', async () => {
  await using world = await testConnectWorld()
  const { make, post } = await stage(world)
  const accessToken = await make({ ageMs: 20 * DAY_MS })
  const first = await post({ accessToken })
  const before = await snapshot(world)
  const calls = world.seen.length
  const again = await post({ accessToken })
  assert.deepEqual([again.status, again.json.id], [200, first.json.id])
  assert.deepEqual(await snapshot(world), before)
  assert.equal(world.seen.length, calls)
})

test('the same token again does not bring back what somebody disconnected; another does', async () => {
  await using world = await testConnectWorld()
  const { make, post } = await stage(world)
  const accessToken = await make({ ageMs: 20 * DAY_MS })
  const first = await post({ accessToken })
  await world.call('DELETE', `/v1/connections/${first.json.id}`, { headers: world.asHost })
  const before = await snapshot(world)
  const calls = world.seen.length
  const again = await post({ accessToken })
  assert.deepEqual(
    [again.status, again.json.id, again.json.status],
    [200, first.json.id, 'disconnected'],
  )
  const rows = [{ tenantId: 'clinic', token: accessToken }]
  const report = await world.call('POST', '/v1/connections/import', {
    body: { rows },
    headers: world.asHost,
  })
  assert.equal(report.json.unchanged, 1)
  assert.match(report.json.data[0].detail, /disconnected since/)
  assert.deepEqual(await snapshot(world), before)
  assert.equal(world.seen.length, calls)

  const fresh = await post({ accessToken: await make({ ageMs: 10 * DAY_MS }) })
  assert.deepEqual([fresh.status, fresh.json.id, fresh.json.status], [201, first.json.id, 'active'])
})

test('a broken row of another tenant is as unknown as a whole one: neither its link nor its mistakes are told', async () => {
  await using world = await testConnectWorld()
  const row = { tenantId: 'shop', token: 'too short' }
  const send = async (rows: object[], headers: Record<string, string>): Promise<Json> => {
    const body = { rows, invite: true }
    return (await world.call('POST', '/v1/connections/import', { body, headers })).json
  }
  const own = await send([row], world.asHost)
  assert.equal(own.data[0].invite.state, 'made')
  const bound = await world.key(['connect'], 'clinic')
  const { data } = await send([row, { ...row, tenantId: 'nobody' }], bound)
  const [foreign, unknown] = data
  assert.deepEqual([foreign.code, foreign.invite], ['tenants/not-found', null])
  assert.deepEqual({ ...foreign, line: 2, tenantId: 'nobody' }, unknown)
  const sessions = await world.ports.db.many(sql`select 1 from connect_sessions`)
  assert.equal(sessions.length, 1)
})

test('a live connection stays as it is, whatever other token of the account is imported', async () => {
  await using world = await testConnectWorld()
  const { make, post, tokenOf } = await stage(world)
  const connection = await world.connected()
  const token = await tokenOf(connection.id)
  const { status, json } = await post({ accessToken: await make({ ageMs: 50 * DAY_MS }) })
  assert.deepEqual([status, json.id], [200, connection.id])
  assert.equal(await tokenOf(connection.id), token)
  assert.deepEqual(json.grants, connection.grants)
  assert.equal(world.calls('refresh_access_token'), 0)
})

test('a page token for an account that is live by the other login stands beside it, and nothing is subscribed twice', async () => {
  await using world = await testConnectWorld()
  const { make, post, tokenOf } = await stage(world)
  const connection = await world.connected({}, { account: 'casa.verde' })
  const token = await tokenOf(connection.id)
  const calls = world.calls('subscribed_apps')
  const accessToken = await make({ account: 'casa.verde', app: 'facebook' })
  const { status, json } = await post({ login: 'facebook', accessToken })
  assert.deepEqual([status, json.id, json.status], [201, connection.id, 'active'])
  assert.deepEqual(
    json.grants.map(({ login }: Json) => login),
    ['instagram', 'facebook'],
  )
  assert.equal(world.calls('subscribed_apps'), calls)
  assert.equal(await tokenOf(connection.id), token)
})

test('the same token imported twice at once makes one connection with one live token', async () => {
  await using world = await testConnectWorld()
  const { make, post } = await stage(world)
  const accessToken = await make({ ageMs: 20 * DAY_MS })
  const answers = await Promise.all([post({ accessToken }), post({ accessToken })])
  assert.ok(answers.every(({ status }) => status === 200 || status === 201))
  assert.equal(new Set(answers.map(({ json }) => json.id)).size, 1)
  const grants = await world.ports.db.many(sql`select 1 from grants where sealed_token is not null`)
  assert.equal(grants.length, 1)
})

test('a list may be tried without a trace, and bring links for what cannot be kept', async () => {
  await using world = await testConnectWorld()
  const { make } = await stage(world)
  const rows = [
    { tenantId: 'clinic', token: await make({ kind: 'short' }) },
    { tenantId: 'clinic', token: `IGQVJ${'x'.repeat(60)}` },
    { tenantId: 'shop', token: `IGQVJ${'y'.repeat(60)}` },
  ]
  const headers = await world.key(['connect'], 'clinic')
  const send = async (body: unknown): Promise<Json> =>
    (await world.call('POST', '/v1/connections/import', { body, headers })).json
  const before = await snapshot(world)
  const tried = await send({ rows, dryRun: true, invite: true })
  assert.deepEqual([tried.ready, tried.refused, tried.kept], [1, 2, 0])
  assert.deepEqual(await snapshot(world), before)

  const done = await send({ rows, invite: true })
  const [kept, old, foreign] = done.data
  assert.deepEqual([kept.status, kept.invite], ['exchanged', null])
  assert.equal(old.invite.state, 'made')
  assert.match(old.invite.url, /^http:\/\/localhost:3000\/connect\/[\w-]{43}$/)
  // Another tenant gets neither an import nor a link of this key.
  assert.deepEqual([foreign.code, foreign.invite], ['tenants/not-found', null])
  const [, again] = (await send({ rows, invite: true })).data
  assert.deepEqual(
    [again.invite.state, again.invite.url, again.invite.sessionId],
    ['open', null, old.invite.sessionId],
  )
})

test('an account that is live although Meta did not confirm its messages is told so beside its id', async () => {
  await using world = await testConnectWorld()
  const { make, tokenOf } = await stage(world)
  await world.control('/faults', { path: '/me/subscribed_apps', times: 50, error: 'empty-500' })
  const rows = [{ tenantId: 'clinic', token: await make({ kind: 'short' }) }]
  const send = async (): Promise<Json> => {
    const body = { rows, invite: true }
    const { json } = await world.call('POST', '/v1/connections/import', {
      body,
      headers: world.asHost,
    })
    return json.data[0]
  }
  const first = await send()
  assert.deepEqual(
    [first.status, first.code, first.invite],
    ['exchanged', 'connect/subscription-failed', null],
  )
  assert.ok(await tokenOf(first.connectionId))
  const actions = (await world.audit()).map(({ action }) => action)
  assert.ok(actions.includes('connection.connected'))
  assert.ok(!actions.includes('connect.import_refused'))
  const { webhook, status } = await world.find(first.connectionId)
  assert.deepEqual([webhook.subscribed, status], [false, 'active'])

  const again = await send()
  assert.deepEqual(
    [again.status, again.connectionId, again.code],
    ['unchanged', first.connectionId, null],
  )
})

test('an import brings a connection whose token died back to life, with its id', async () => {
  await using world = await testConnectWorld()
  const { make, post } = await stage(world)
  const connection = await world.connected()
  world.ports.clock.advance(61 * DAY_MS)
  await world.control('/clock', { advanceMs: 61 * DAY_MS })
  assert.equal((await world.find(connection.id)).status, 'needs_reauth')
  const { status, json } = await post({ accessToken: await make({}) })
  assert.deepEqual([status, json.id, json.status], [201, connection.id, 'active'])
})

test('a token of another Instagram app is refused by what it subscribes, and that is put back', async () => {
  await using world = await testConnectWorld()
  const { make, refusal } = await stage(world)
  const accessToken = await make({ ageMs: 20 * DAY_MS })
  const list = subscriptions(world, FOREIGN_APP)
  const before = await snapshot(world)
  assert.deepEqual(await refusal({ accessToken }), [422, 'tokens/other-app'])
  assert.deepEqual(list, {})
  assert.deepEqual(await snapshot(world), before)
  assert.equal(world.calls('refresh_access_token'), 0, 'no token is renewed before it is proven')

  // Meta lists every app of the account: ours from before proves nothing, and is left alone.
  const ours = { [testApps.instagram.id]: ['messages'] }
  for (const was of [
    ours,
    { ...ours, '9000000000000008': ['messages'] },
    { ...ours, [FOREIGN_APP]: ['messages'] },
    { ...ours, [FOREIGN_APP]: ['comments'] },
  ]) {
    for (const app of Object.keys(list)) Reflect.deleteProperty(list, app)
    Object.assign(list, was)
    assert.deepEqual(await refusal({ accessToken }), [422, 'tokens/other-app'])
    assert.deepEqual(list, was)
  }
})

test('a token of ours is taken although another app is subscribed too, and that one is left alone', async () => {
  await using world = await testConnectWorld()
  const { make, post } = await stage(world)
  const list = subscriptions(world, testApps.instagram.id)
  Object.assign(list, { [testApps.instagram.id]: ['comments'], [FOREIGN_APP]: ['comments'] })
  const { status, json } = await post({ accessToken: await make({ ageMs: 20 * DAY_MS }) })
  assert.deepEqual([status, json.webhook.subscribed], [201, true])
  assert.deepEqual(list[FOREIGN_APP], ['comments'])
  assert.ok(list[testApps.instagram.id]?.includes('messages'))
})

/** The account's subscriptions at Meta, by app, where the token is of `appId`. */
function subscriptions(world: TestConnectWorld, appId: string): Record<string, string[]> {
  const list: Record<string, string[]> = {}
  world.intercepts.push(({ url, method }) => {
    if (!url.includes('/subscribed_apps')) return undefined
    const fields = new URL(url).searchParams.get('subscribed_fields') ?? ''
    if (method === 'POST') list[appId] = fields.split(',')
    if (method === 'DELETE') delete list[appId]
    const data = Object.entries(list).map(([app_id, subscribed_fields]) => ({
      app_id,
      subscribed_fields,
    }))
    return answerJson(200, method === 'GET' ? { data } : { success: true })
  })
  return list
}

test('a token whose exchange fails by the secret belongs to another app', async () => {
  await using world = await testConnectWorld()
  const { make, refusal } = await stage(world)
  await world.control('/faults', {
    path: '/access_token',
    error: { code: 1, message: 'Error validating client secret.' },
  })
  const accessToken = await make({ kind: 'short' })
  assert.deepEqual(await refusal({ accessToken }), [422, 'tokens/other-app'])
})

test('for a gallery nothing is subscribed', async () => {
  await using world = await testConnectWorld()
  const { make, post } = await stage(world)
  const body = { name: 'clinic', returnUrls: [], capabilities: [] }
  await world.call('PUT', '/v1/tenants/clinic', { body, headers: world.asHost })
  const { status, json } = await post({ accessToken: await make({ ageMs: 20 * DAY_MS }) })
  assert.deepEqual([status, json.webhook.subscribed], [201, false])
  assert.equal(world.calls('subscribed_apps'), 0)
})

test('a token without the permission for messages is refused by name', async () => {
  await using world = await testConnectWorld()
  const { make, refusal } = await stage(world)
  const accessToken = await make({ ageMs: 2 * DAY_MS, scopes: ['instagram_business_basic'] })
  assert.deepEqual(await refusal({ accessToken }), [422, 'connect/permission-missing'])
})

test('a dead token, one of the other login and one of the ended API are each named as such', async () => {
  await using world = await testConnectWorld()
  const { make, refusal } = await stage(world)
  const facebook = await make({ account: 'casa.verde', app: 'facebook' })
  const instagram = await make({ account: 'casa.verde' })
  const dead = await make({})
  await world.control('/tokens/revoke', { account: 'lumen.chiro', subcode: 460 })
  const before = await snapshot(world)
  const cases: [object, string][] = [
    [{ accessToken: dead }, 'tokens/expired'],
    [{ accessToken: `IGAA${'x'.repeat(60)}` }, 'tokens/expired'],
    [{ accessToken: facebook }, 'tokens/wrong-login'],
    [{ accessToken: instagram, login: 'facebook' }, 'tokens/wrong-login'],
    [{ accessToken: `EAA${'x'.repeat(60)}` }, 'tokens/wrong-login'],
    [{ accessToken: `EAA${'x'.repeat(60)}`, login: 'facebook' }, 'tokens/expired'],
    [{ accessToken: `IGQVJ${'x'.repeat(60)}` }, 'tokens/basic-display-ended'],
    [{ accessToken: `IGQWR${'x'.repeat(60)}`, login: 'facebook' }, 'tokens/basic-display-ended'],
    [{ accessToken: 'x'.repeat(60) }, 'tokens/expired'],
  ]
  for (const [request, code] of cases) assert.deepEqual(await refusal(request), [422, code])
  assert.deepEqual(await snapshot(world), before)
})

test('a page token is inspected and kept without an end; the page is its own', async () => {
  await using world = await testConnectWorld()
  const { make, post, refusal, tokenOf } = await stage(world)
  const accessToken = await make({ account: 'casa.verde', app: 'facebook' })
  const other = { login: 'facebook', accessToken, pageId: '134895793791905' }
  assert.deepEqual(await refusal(other), [409, 'connect/wrong-account'])
  const { status, json } = await post({ login: 'facebook', accessToken, pageId: PAGE })
  assert.equal(status, 201, JSON.stringify(json))
  assert.deepEqual(
    [json.grants[0].login, json.grants[0].expiry, json.grants[0].pageId, json.webhook.subscribed],
    ['facebook', 'never', PAGE, true],
  )
  assert.equal(await tokenOf(json.id), accessToken)
})

test('a page token that ends within a day is refused', async () => {
  await using world = await testConnectWorld()
  const { make, refusal } = await stage(world)
  const accessToken = await make({ account: 'casa.verde', app: 'facebook', kind: 'short' })
  assert.deepEqual(await refusal({ login: 'facebook', accessToken }), [422, 'tokens/too-short'])
})

/** A person's own token, as the login leaves it: sealed behind the page's. */
async function userTokens(world: TestConnectWorld, pages: string[]): Promise<string[]> {
  const found: string[] = []
  world.intercepts.push(({ url }) => {
    const params = new URL(url).searchParams
    const token = params.get('fb_exchange_token') ?? params.get('access_token')
    if (url.includes('/me/accounts') || params.has('fb_exchange_token')) found.push(token ?? '')
    return undefined
  })
  const { url } = await world.session({ login: 'facebook', tenantId: 'shop', pageId: PAGE })
  await world.walk(url, { account: 'casa.verde', pages })
  const connections = await world.call('GET', '/v1/connections?tenantId=shop', {
    headers: world.asHost,
  })
  for (const { id } of connections.json.data) {
    await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
  }
  world.intercepts.pop()
  return found
}

test('a person’s Facebook token gives its page’s token, extended first when it is short-lived', async () => {
  await using world = await testConnectWorld()
  const { post } = await stage(world)
  const [short, long] = await userTokens(world, [PAGE])
  for (const [accessToken, extensions] of [
    [short, 1],
    [long, 0],
  ] as const) {
    const before = world.calls('fb_exchange_token')
    const { status, json } = await post({ login: 'facebook', accessToken })
    assert.equal(status, 201, JSON.stringify(json))
    assert.deepEqual([json.grants[0].expiry, json.grants[0].pageId], ['never', PAGE])
    assert.equal(world.calls('fb_exchange_token') - before, extensions)
    await world.call('DELETE', `/v1/connections/${json.id}`, { headers: world.asHost })
  }
})

test('a token for several pages needs the page’s name', async () => {
  await using world = await testConnectWorld()
  const { post, refusal } = await stage(world)
  const [, accessToken] = await userTokens(world, [PAGE, '134895793791905', '134895793791902'])
  const request = { login: 'facebook', accessToken }
  assert.deepEqual(await refusal(request), [422, 'connect/page-needed'])
  const { status, json } = await post({ ...request, pageId: '134895793791905' })
  assert.deepEqual([status, json.account.username], [201, 'studio.nia'])
  // One has no Instagram account, the other was not ticked.
  for (const pageId of ['134895793791902', '134895793791903']) {
    assert.deepEqual(await refusal({ ...request, pageId }), [422, 'connect/no-eligible-account'])
  }
})

test('a Facebook token of another app is refused, however Meta says it', async () => {
  await using world = await testConnectWorld()
  const { make, refusal } = await stage(world)
  const accessToken = await make({ account: 'casa.verde', app: 'facebook' })
  const answers = [
    answerJson(200, {
      data: { is_valid: true, app_id: FOREIGN_APP, type: 'PAGE', scopes: ['instagram_basic'] },
    }),
    answerJson(200, { data: { is_valid: true, type: 'PAGE', scopes: ['instagram_basic'] } }),
    answerJson(200, { data: { is_valid: false, error: { code: 100, message: 'x' } } }),
    answerJson(400, { error: { code: 100, message: '(#100) not the Viewing App' } }),
  ]
  for (const answer of answers) {
    world.intercepts.push(({ url }) => (url.includes('/debug_token') ? answer : undefined))
    assert.deepEqual(await refusal({ login: 'facebook', accessToken }), [422, 'tokens/other-app'])
    world.intercepts.pop()
  }
})

test('an account that is connected elsewhere is refused before its token is touched', async () => {
  await using world = await testConnectWorld()
  const { make, post } = await stage(world)
  await world.connected({ tenantId: 'shop' })
  const calls = world.calls('access_token?')
  const { status, json, text } = await post({ accessToken: await make({ kind: 'short' }) })
  assert.deepEqual([status, json.code], [409, 'connect/account-taken'])
  assert.ok(!text.includes('shop'))
  assert.equal(world.calls('access_token?'), calls)
})

test('while Meta does not answer nothing is kept, and the row can be repeated', async () => {
  await using world = await testConnectWorld()
  const { make, post, refusal } = await stage(world)
  const accessToken = await make({ kind: 'short' })
  for (const path of ['/me', '/access_token']) {
    await world.control('/faults', { path, error: { code: 2 } })
    assert.deepEqual(await refusal({ accessToken }), [503, 'connect/meta-unavailable'])
  }
  assert.equal((await post({ accessToken })).status, 201)
})

test('who may not import is told so; another tenant is as unknown as none', async () => {
  await using world = await testConnectWorld()
  const { make, post } = await stage(world)
  const accessToken = await make({})
  assert.equal((await post({ accessToken }, {})).status, 401)
  const reader = await world.key(['connections:write', 'access-token'])
  assert.equal((await post({ accessToken }, reader)).json.code, 'auth/scope-missing')
  assert.equal((await post({ accessToken }, await world.asTenant())).status, 403)
  const bound = { ...(await world.key(['connect'], 'shop')), 'x-request-id': 'the-same-request' }
  const others = await post({ accessToken }, bound)
  const unknown = await post({ accessToken, tenantId: 'nobody' }, bound)
  assert.deepEqual([others.status, others.json.code], [404, 'tenants/not-found'])
  assert.equal(others.text, unknown.text)
  assert.equal(world.seen.length, 0)
})

test('a malformed import names what is wrong and never the token', async () => {
  await using world = await testConnectWorld()
  const { post } = await stage(world)
  const canary = 'CANARY-token-with space'
  for (const [request, path] of [
    [{ accessToken: canary }, 'accessToken'],
    [{}, 'accessToken'],
    [{ accessToken: 'x'.repeat(4097) }, 'accessToken'],
    [{ accessToken: 'x'.repeat(40), login: 'myspace' }, 'login'],
    [{ accessToken: 'x'.repeat(40), pageId: '1/../2' }, 'pageId'],
    [{ accessToken: 'x'.repeat(40), tenantId: '../x' }, 'tenantId'],
    [{ accessToken: 'x'.repeat(40), surprise: 1 }, 'surprise'],
  ] as const) {
    const { status, json, text } = await post(request)
    assert.deepEqual([status, json.code, json.fields[0].path], [400, 'http/invalid-fields', path])
    assert.ok(!text.includes('CANARY'))
  }
})

test('many rows are imported one by one, each with its outcome; the same list again changes nothing', async () => {
  await using world = await testConnectWorld()
  const { make } = await stage(world)
  const token = await make({ ageMs: 20 * DAY_MS })
  const short = await make({ account: 'casa.verde', kind: 'short' })
  await world.connected({ tenantId: 'shop' }, { account: 'studio.nia' })
  const taken = await make({ account: 'studio.nia' })
  const rows = [
    { Tenant_ID: 'clinic', Access_Token: token },
    { customerId: 'clinic', longLivedToken: short, provider: 'IG', other: 1 },
    { doctor_id: 'clinic', token },
    { userId: 'clinic', token: taken },
    { tenantId: 'nobody', token: taken },
    { tenantId: 'clinic', token: `IGQVJ${'x'.repeat(60)}` },
    { tenantId: 'clinic' },
  ]
  const send = async (body: unknown): Promise<Json> =>
    (await world.call('POST', '/v1/connections/import', { body, headers: world.asHost })).json
  const report = await send({ rows })
  assert.deepEqual(
    report.data.map(({ line, status, code }: Json) => [line, status, code]),
    [
      [1, 'kept', null],
      [2, 'exchanged', null],
      [3, 'refused', 'connect/duplicate-row'],
      [4, 'refused', 'connect/account-taken'],
      [5, 'refused', 'tenants/not-found'],
      [6, 'refused', 'tokens/basic-display-ended'],
      [7, 'refused', 'http/invalid-fields'],
    ],
  )
  assert.ok(report.data.slice(2).every(({ hint }: Json) => hint.length > 10))
  assert.equal(report.data[2].detail, 'The same as 1.')
  assert.deepEqual(report.data[6].fields, [{ path: 'accessToken', message: 'missing' }])
  const { kept, exchanged, unchanged, refused } = report
  assert.deepEqual([kept, exchanged, unchanged, refused], [1, 1, 0, 5])

  const before = await snapshot(world)
  const again = await send(rows)
  assert.deepEqual([again.kept, again.exchanged, again.unchanged, again.refused], [0, 0, 2, 5])
  assert.deepEqual(await snapshot(world), before)

  const many = await world.call('POST', '/v1/connections/import', {
    body: { rows: Array.from({ length: 51 }, () => ({})) },
    headers: world.asHost,
  })
  assert.deepEqual([many.status, many.json.code], [400, 'http/invalid-fields'])
})

test('no token that was brought along is in an answer, a log line, an audit line or a table', async () => {
  const logged: unknown[] = []
  const note = (fields: object, message: string): void => void logged.push(fields, message)
  await using world = await testConnectWorld({
    log: { debug: note, info: note, warn: note, error: note },
  })
  const { make, post } = await stage(world)
  const tokens = [
    await make({ kind: 'short' }),
    await make({ ageMs: 20 * DAY_MS }),
    `IGAA${'CANARY'.repeat(9)}`,
  ]
  const answers: string[] = []
  for (const accessToken of tokens) answers.push((await post({ accessToken })).text)
  const tables = await world.ports.db.many<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public'`,
  )
  assert.ok(tables.length > 10)
  const rows = await world.ports.db.many({
    text: tables
      .map(({ name }) => `select to_jsonb(t)::text as row from "${name}" t`)
      .join(' union all '),
    values: [],
    name: '',
  })
  const everything = JSON.stringify([answers, logged, rows])
  for (const token of tokens) assert.ok(!everything.includes(token))
})
