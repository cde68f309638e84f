import assert from 'node:assert/strict'
import { test } from 'node:test'
import { useGrant } from '#tokens/use-grant.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { Json } from '#testing/test-connect.ts'

test('clicking Connect on a live connection and cancelling leaves it active and answering', async () => {
  await using world = await testConnectWorld()
  const before = await world.connected()
  const { url } = await world.session({ connectionId: before.id })
  const browser = world.newBrowser()
  const landing = await world.walk(url, { allow: false }, browser)
  assert.equal(landing.location?.searchParams.get('error'), 'connect/denied')
  assert.deepEqual(await world.find(before.id), before)
  const grant = await useGrant(world.ports, { tenantId: 'clinic', connectionId: before.id }, 'send')
  const me = await world.ports.graph.readInstagramAccount(grant.token)
  assert.equal(me.accountId, before.account.id)
})

test('a reconnect keeps the id and brings a new token', async () => {
  await using world = await testConnectWorld()
  const before = await world.connected()
  const key = { tenantId: 'clinic', connectionId: before.id }
  const old = await useGrant(world.ports, key, 'send')
  world.ports.clock.advance(3_600_000)
  const after = await world.connected({ connectionId: before.id })
  assert.equal(after.id, before.id)
  assert.equal(after.connectedAt, before.connectedAt)
  assert.equal(after.grants.length, 1)
  assert.notEqual(after.grants[0].issuedAt, before.grants[0].issuedAt)
  const fresh = await useGrant(world.ports, key, 'send')
  assert.notEqual(fresh.token.reveal(), old.token.reveal())
  assert.ok((await world.audit()).some(({ action }) => action === 'connection.reconnected'))
})

test('another account on reconnect stops and asks', async () => {
  await using world = await testConnectWorld()
  const before = await world.connected()
  const { url } = await world.session({ connectionId: before.id })
  const landing = await world.walk(url, { account: 'casa.verde' })
  assert.equal(landing.location?.searchParams.get('error'), 'connect/wrong-account')
  assert.deepEqual(await world.find(before.id), before)
})

test('a reconnect whose webhooks Meta does not confirm changes nothing', async () => {
  await using world = await testConnectWorld()
  const before = await world.connected()
  await world.control('/faults', {
    path: '/me/subscribed_apps',
    method: 'POST',
    times: 5,
    error: { code: 2, httpStatus: 500 },
  })
  const { url } = await world.session({ connectionId: before.id })
  const landing = await world.walk(url)
  assert.equal(landing.location?.searchParams.get('error'), 'connect/subscription-failed')
  assert.deepEqual(await world.find(before.id), before)
})

test('a new account whose webhooks Meta does not confirm is kept and says so', async () => {
  await using world = await testConnectWorld()
  await world.control('/faults', { path: '/me/subscribed_apps', times: 50, error: 'empty-500' })
  const { url } = await world.session()
  const landing = await world.walk(url)
  assert.equal(landing.location?.searchParams.get('error'), 'connect/subscription-failed')
  const [connection] = (await world.call('GET', '/v1/connections', { headers: world.asHost })).json
    .data
  assert.equal(connection.status, 'active')
  assert.equal(connection.webhook.subscribed, false)
  const check = connection.selfTest.checks.find((each: Json) => each.name === 'subscription')
  assert.equal(check.state, 'failed')

  await world.control('/faults', undefined, 'DELETE')
  const repaired = await world.connected({ connectionId: connection.id })
  assert.equal(repaired.webhook.subscribed, true)
})

test('a top-up with more capabilities asks for them and switches them on', async () => {
  await using world = await testConnectWorld()
  const before = await world.connected()
  const { url } = await world.session({
    connectionId: before.id,
    capabilities: ['messages', 'publish'],
  })
  const browser = world.newBrowser()
  const authorize = new URL(await browser.leave(url, 'instagram'))
  assert.match(authorize.searchParams.get('scope') ?? '', /content_publish/)
  await browser.open(await world.consent(authorize.href))
  assert.deepEqual((await world.find(before.id)).capabilities.publish, { state: 'on' })
})

test('a reconnect names nothing and asks for what the connection has', async () => {
  await using world = await testConnectWorld()
  const before = await world.connected({ capabilities: ['messages', 'comments'] })
  const { url } = await world.session({ connectionId: before.id })
  const authorize = new URL(await world.newBrowser().leave(url, 'instagram'))
  assert.match(authorize.searchParams.get('scope') ?? '', /manage_comments/)
})

test('disconnected and connected again it is the same connection', async () => {
  await using world = await testConnectWorld()
  const before = await world.connected()
  const gone = await world.call('DELETE', `/v1/connections/${before.id}`, { headers: world.asHost })
  assert.equal(gone.json.status, 'disconnected')
  const after = await world.connected()
  assert.equal(after.id, before.id)
  assert.equal(after.status, 'active')
})

test('an account another tenant holds is refused, live or with a dead token, without a name', async () => {
  await using world = await testConnectWorld()
  await world.connected()
  const { url } = await world.session({ tenantId: 'shop' })
  const landing = await world.walk(url)
  assert.equal(landing.location?.searchParams.get('error'), 'connect/account-taken')
  assert.ok(!landing.location?.href.includes('clinic'))
  const shop = await world.call('GET', '/v1/connections?tenantId=shop', { headers: world.asHost })
  assert.deepEqual(shop.json.data, [])
})
