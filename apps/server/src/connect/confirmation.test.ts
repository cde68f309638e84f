import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { Json, TestConnectWorld } from '#testing/test-connect.ts'
import { destroyLateCandidates } from './destroy-late-candidates.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

async function candidate(
  world: TestConnectWorld,
  request: Record<string, unknown>,
  headers?: Record<string, string>,
): Promise<{ id: string; code: string }> {
  const { url } = await world.session(request, headers)
  const landing = await world.walk(url)
  const told = landing.location?.searchParams
  assert.equal(told?.get('connected'), '1', landing.location?.href)
  return { id: told?.get('connection_id') ?? '', code: told?.get('confirm') ?? '' }
}

async function confirm(
  world: TestConnectWorld,
  id: string,
  body: { code?: string },
  headers: Record<string, string> = world.asHost,
) {
  return await world.call('POST', `/v1/connections/${id}/confirm`, { body, headers })
}

test('a page with only a user JWT connects in two steps: click, approve', async () => {
  await using world = await testConnectWorld()
  const jwt = await world.asTenant()
  const made = await world.call('POST', '/v1/connect-sessions', {
    body: { login: 'instagram' },
    headers: { ...jwt, origin: 'https://app.example' },
  })
  assert.equal(made.status, 201)
  assert.equal(made.headers.get('access-control-allow-origin'), 'https://app.example')
  const browser = world.newBrowser()
  const straight = await browser.open(made.json.url)
  assert.equal(straight.status, 302)
  assert.match(straight.location?.href ?? '', /oauth\/authorize/)
  const landing = await browser.open(await world.consent(straight.location?.href ?? ''))
  const id = landing.location?.searchParams.get('connection_id') ?? ''
  const code = landing.location?.searchParams.get('confirm') ?? ''
  assert.equal((await world.find(id)).status, 'pending')
  assert.equal(world.calls('subscribed_apps'), 0, 'a candidate is never subscribed')
  const confirmed = await confirm(world, id, { code }, jwt)
  assert.equal(confirmed.json.status, 'active')
  assert.equal(confirmed.json.webhook.subscribed, true)
})

test('an attacker’s link, finished by a victim, gives the attacker nothing', async () => {
  await using world = await testConnectWorld()
  const attacker = await world.asTenant('shop')
  const { id } = await candidate(world, { tenantId: 'shop', login: 'instagram' }, attacker)
  assert.equal((await world.find(id)).status, 'pending')
  assert.equal((await confirm(world, id, {}, attacker)).json.code, 'connect/confirmation-invalid')
  const guess = await confirm(world, id, { code: 'A'.repeat(43) }, attacker)
  assert.equal(guess.json.code, 'connect/confirmation-invalid')
  const sent = await world.session({ tenantId: 'shop', confirmation: 'host' }, attacker)
  await world.walk(sent.url)
  const vouch = await confirm(world, id, {}, attacker)
  assert.equal(vouch.json.code, 'connect/confirmation-invalid', 'a JWT cannot vouch for a browser')

  world.ports.clock.advance(DAY_MS)
  await destroyLateCandidates(world.ports)
  const tokens = await world.ports.db.many(sql`select 1 from grants where sealed_token is not null`)
  assert.equal(tokens.length, 0)
  assert.equal((await world.find(id)).status, 'disconnected')
  const lines = (await world.audit()).map(({ action }) => action)
  assert.ok(lines.includes('connection.candidate'))
  assert.ok(lines.includes('connection.candidate_destroyed'))
})

test('the victim’s own connection is not blocked by a candidate elsewhere', async () => {
  await using world = await testConnectWorld()
  const { id, code } = await candidate(world, { tenantId: 'shop', confirmation: 'return' })
  const own = await world.connected()
  assert.equal(own.status, 'active')
  const late = await confirm(world, id, { code })
  assert.equal(late.status, 409)
  assert.equal(late.json.code, 'connect/account-taken')
})

test('a user JWT may not ask for a connection without confirmation', async () => {
  await using world = await testConnectWorld()
  const refused = await world.call('POST', '/v1/connect-sessions', {
    body: { confirmation: 'none' },
    headers: await world.asTenant(),
  })
  assert.equal(refused.status, 400)
  assert.equal(refused.json.fields[0].path, 'confirmation')
})

test('a link that nobody could confirm, for want of a return URL, is not made', async () => {
  await using world = await testConnectWorld()
  await world.tenant('plain')
  const make = async (body: Record<string, unknown>, headers: Record<string, string>) =>
    await world.call('POST', '/v1/connect-sessions', { body, headers })
  const jwt = await world.asTenant('plain')
  for (const refused of [
    await make({ login: 'instagram' }, jwt),
    await make({ tenantId: 'plain', confirmation: 'return' }, world.asHost),
  ]) {
    assert.deepEqual([refused.status, refused.json.code], [422, 'connect/return-url-not-allowed'])
  }
  assert.equal((await make({ confirmation: 'host' }, jwt)).status, 201)
  await world.tenant('plain', ['https://plain.example/'])
  assert.equal((await make({ login: 'instagram' }, jwt)).status, 201)
})

test('a confirmation twice, and two at once, give the same answer', async () => {
  await using world = await testConnectWorld()
  const { id, code } = await candidate(world, { confirmation: 'return' })
  const both = await Promise.all([confirm(world, id, { code }), confirm(world, id, { code })])
  assert.deepEqual(
    both.map(({ status }) => status),
    [200, 200],
  )
  assert.equal((await confirm(world, id, { code })).json.status, 'active')
})

test('a code is good for ten minutes less a millisecond', async () => {
  await using world = await testConnectWorld()
  const first = await candidate(world, { confirmation: 'return' })
  world.ports.clock.advance(10 * MINUTE_MS)
  const late = await confirm(world, first.id, { code: first.code })
  assert.equal(late.json.code, 'connect/confirmation-invalid')
  const second = await candidate(world, { confirmation: 'return' })
  world.ports.clock.advance(10 * MINUTE_MS - 1)
  assert.equal((await confirm(world, second.id, { code: second.code })).status, 200)
})

test('a forwarded link is confirmed by the host without a code, and that is noted', async () => {
  await using world = await testConnectWorld()
  const { id } = await candidate(world, { confirmation: 'host' })
  const shown = await world.find(id)
  assert.equal(shown.account.username, 'lumen.chiro')
  assert.ok(shown.account.pictureUrl)
  assert.equal((await confirm(world, id, {})).json.status, 'active')
  const line = (await world.audit()).find(({ action }) => action === 'connection.confirmed')
  assert.equal(line?.detail.withCode, false)
})

test('a `return` candidate is never confirmed without its code', async () => {
  await using world = await testConnectWorld()
  const { id } = await candidate(world, { confirmation: 'return' })
  assert.equal((await confirm(world, id, {})).json.code, 'connect/confirmation-invalid')
  assert.equal((await world.find(id)).status, 'pending')
})

test('a destroyed candidate answers 410', async () => {
  await using world = await testConnectWorld()
  const { id, code } = await candidate(world, { confirmation: 'host' })
  world.ports.clock.advance(DAY_MS)
  assert.equal((await confirm(world, id, {})).json.code, 'connect/candidate-expired')
  await destroyLateCandidates(world.ports)
  for (const body of [{}, { code }]) {
    const gone = await confirm(world, id, body)
    assert.equal(gone.status, 410)
    assert.equal(gone.json.code, 'connect/candidate-expired')
  }
})

test('somebody else’s candidate is as unknown as none', async () => {
  await using world = await testConnectWorld()
  const { id, code } = await candidate(world, { confirmation: 'return' })
  const foreign = await confirm(world, id, { code }, await world.asTenant('shop'))
  const unknown = await confirm(
    world,
    '01a1f8d3-0000-7000-8000-000000000000',
    { code },
    await world.asTenant('shop'),
  )
  assert.equal(foreign.status, 404)
  const without = (json: Json) => ({ ...json, requestId: '' })
  assert.deepEqual(without(foreign.json), without(unknown.json))
})

test('a candidate for a live connection changes nothing until it is confirmed', async () => {
  await using world = await testConnectWorld()
  const before = await world.connected()
  const { id, code } = await candidate(world, { confirmation: 'return' })
  assert.equal(id, before.id)
  assert.deepEqual(await world.find(id), before)
  world.ports.clock.advance(MINUTE_MS)
  const confirmed = await confirm(world, id, { code })
  assert.notEqual(confirmed.json.grants[0].issuedAt, undefined)
  assert.equal(confirmed.json.grants.length, 1)
  assert.notEqual(confirmed.json.checkedAt, before.checkedAt)
})

test('a tenant only a user JWT has named is made by its first connect, where that is allowed', async () => {
  await using closed = await testConnectWorld()
  const jwt = await closed.asTenant('newcomer')
  const refused = await closed.call('POST', '/v1/connect-sessions', { body: {}, headers: jwt })
  assert.equal(refused.json.code, 'tenants/unknown')

  const { hostJwt } = closed.ports.config
  await using open = await testConnectWorld({
    config: {
      hostJwt: { ...hostJwt, createsTenants: true },
      returnUrl: 'https://app.example/connected',
    },
  })
  const { id, code } = await candidate(open, { tenantId: 'newcomer', login: 'instagram' }, jwt)
  assert.equal((await confirm(open, id, { code }, jwt)).json.tenantId, 'newcomer')
})
