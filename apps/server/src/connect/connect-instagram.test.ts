import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { useGrant } from '#tokens/use-grant.ts'
import { RETURN_URL, testConnectWorld } from '#testing/test-connect.ts'
import type { Json } from '#testing/test-connect.ts'

test('an account connects in two steps and says what was proven', async () => {
  await using world = await testConnectWorld()
  const { url } = await world.session()
  const landing = await world.walk(url)
  assert.equal(landing.status, 303)
  const id = landing.location?.searchParams.get('connection_id') ?? ''
  assert.equal(landing.location?.href, `${RETURN_URL}&connected=1&connection_id=${id}`)

  const connection = await world.find(id)
  assert.equal(connection.status, 'active')
  assert.equal(connection.account.id, '17841400000000101')
  assert.equal(connection.account.username, 'lumen.chiro')
  assert.equal(connection.webhook.subscribed, true)
  assert.deepEqual(connection.capabilities.messages, { state: 'on' })
  assert.deepEqual(connection.capabilities.publish, { state: 'off', reason: 'not_requested' })
  assert.deepEqual(
    connection.selfTest.checks.map((check: Json) => [check.name, check.state]),
    [
      ['identity', 'ok'],
      ['expiry', 'ok'],
      ['permissions', 'ok'],
      ['subscription', 'ok'],
      ['first_webhook', 'waiting'],
    ],
  )
  const expiry = connection.selfTest.checks.find((check: Json) => check.name === 'expiry')
  assert.match(expiry.message, /lasts until \d{4}-\d\d-\d\d; it is to be renewed before that day/)
  const [grant] = connection.grants
  assert.equal(grant.expiry, 'known')
  const lifeMs = Date.parse(grant.expiresAt) - Date.parse(grant.issuedAt)
  const dueMs = Date.parse(grant.nextRefreshAt) - Date.parse(grant.issuedAt)
  assert.ok(dueMs >= lifeMs / 2 && dueMs <= lifeMs * 0.6, 'refreshed from half life on, spread')
})

test('a session without capabilities asks Instagram for the profile alone and needs no webhooks', async () => {
  await using world = await testConnectWorld()
  const { url } = await world.session({ capabilities: [] })
  const authorize = new URL(await world.newBrowser().leave(url, 'instagram'))
  assert.equal(authorize.searchParams.get('scope'), 'instagram_business_basic')

  const connection = await world.connected({ capabilities: [] })
  assert.equal(connection.status, 'active')
  assert.equal(connection.webhook.subscribed, false)
  assert.equal(world.calls('subscribed_apps'), 0)
})

test('a declined permission leaves the connection and switches its capability off', async () => {
  await using world = await testConnectWorld()
  const connection = await world.connected(
    { capabilities: ['messages', 'comments'] },
    { declined: ['instagram_business_manage_comments'] },
  )
  assert.equal(connection.status, 'active')
  assert.deepEqual(connection.capabilities.messages, { state: 'on' })
  assert.deepEqual(connection.capabilities.comments, {
    state: 'off',
    reason: 'permission_not_granted',
  })
  assert.ok(!connection.webhook.fields.includes('comments'))
})

test('without the basic permission nothing is connected', async () => {
  await using world = await testConnectWorld()
  const { url } = await world.session()
  const landing = await world.walk(url, { declined: ['instagram_business_basic'] })
  assert.equal(landing.location?.searchParams.get('error'), 'connect/permission-missing')
  assert.equal(
    (await world.call('GET', '/v1/connections', { headers: world.asHost })).json.data.length,
    0,
  )
})

test('every shape in which Meta is known to answer connects', async () => {
  await using world = await testConnectWorld()
  const variants = [
    {
      tokenReply: 'data_array',
      permissionsReply: 'string',
      meReply: 'data_array',
      meUserId: 'int',
    },
    { tokenReply: 'flat_string', permissionsReply: 'array', meReply: 'flat', meUserId: 'int' },
  ]
  for (const switches of variants) {
    await world.control('/switches', switches)
    const connection = await world.connected({}, { login: 'instagram' })
    assert.equal(connection.account.id, '17841400000000101')
  }
})

test('PKCE: the challenge is sent, and the verifier that fits it comes with the code', async () => {
  await using world = await testConnectWorld()
  const { url } = await world.session()
  const browser = world.newBrowser()
  const authorize = new URL(await browser.leave(url, 'instagram'))
  assert.equal(authorize.searchParams.get('code_challenge_method'), 'S256')
  await browser.open(await world.consent(authorize.href))
  const exchange = world.seen.find((request) => request.url.includes('api.instagram.com'))
  const verifier = new URLSearchParams(String(exchange?.body)).get('code_verifier') ?? ''
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  assert.equal(authorize.searchParams.get('code_challenge'), challenge)
})

test('the token is sealed, and every way out of the seal is audited', async () => {
  await using world = await testConnectWorld()
  const connection = await world.connected()
  const seen = await world.ports.db.many<Record<string, unknown>>(sql`select * from grants`)
  const grant = await useGrant(
    world.ports,
    { tenantId: 'clinic', connectionId: connection.id },
    'send',
  )
  assert.equal(grant.nodeId, '17841400000000101')
  assert.ok(!JSON.stringify(seen).includes(grant.token.reveal()))
  const lines = await world.audit()
  assert.ok(lines.some(({ action, purpose }) => action === 'token.unsealed' && purpose === 'send'))
  assert.ok(!JSON.stringify(lines).includes(grant.token.reveal()))
})

test('no token, code or state of Meta ever stands in an address, a page or the database', async () => {
  await using world = await testConnectWorld()
  const { url } = await world.session()
  const browser = world.newBrowser()
  const authorizeUrl = await browser.leave(url, 'instagram')
  const callback = await world.consent(authorizeUrl)
  const landing = await browser.open(callback)
  const grant = await useGrant(
    world.ports,
    { tenantId: 'clinic', connectionId: landing.location?.searchParams.get('connection_id') ?? '' },
    'test',
  )
  const canaries = [
    grant.token.reveal(),
    new URL(callback).searchParams.get('code') ?? '',
    new URL(callback).searchParams.get('state') ?? '',
    url.slice(url.lastIndexOf('/') + 1),
    ...browser.cookies.values(),
  ]
  const tables = ['grants', 'connections', 'oauth_states', 'connect_sessions', 'audit_log']
  const dump = JSON.stringify([
    await world.ports.db.many(sql`select * from grants`),
    await world.ports.db.many(sql`select * from connections`),
    await world.ports.db.many(sql`select * from oauth_states`),
    await world.ports.db.many(sql`select * from connect_sessions`),
    await world.ports.db.many(sql`select * from audit_log`),
  ])
  assert.equal(tables.length, 5)
  for (const canary of canaries) {
    assert.ok(canary.length > 20)
    assert.ok(!dump.includes(canary))
    assert.ok(!`${landing.location?.href}${landing.text}`.includes(canary))
  }
})

test('connecting at first copies the default automation, reconnecting leaves it', async () => {
  await using world = await testConnectWorld()
  const automation = {
    responder: 'flow',
    quietMs: 0,
    agent: null,
    host: null,
    flow: { version: 1, start: 'e', steps: { e: { type: 'message', text: 'Hi', next: null } } },
  }
  const put = await world.call('PUT', '/v1/tenants/clinic', {
    body: { name: 'Clinic', returnUrls: [RETURN_URL], defaultAutomation: automation },
    headers: world.asHost,
  })
  assert.equal(put.status, 200)
  const { id } = await world.connected()
  const count = async (): Promise<number> =>
    (await world.ports.db.many(sql`select 1 from automations where connection_id = ${id}`)).length
  assert.equal(await count(), 1)
  await world.connected()
  assert.equal(await count(), 1)
})
