import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpRequest, HttpResponse } from '@parley/instagram/http-port.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import { sql } from '#ports/database.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import { pass, worldInStep } from '#testing/test-connect.ts'
import type { Json, TestConnectWorld } from '#testing/test-connect.ts'
import { refreshDue } from '#tokens/refresh-due.ts'
import { useGrant } from '#tokens/use-grant.ts'
import { watchExpiry } from '#tokens/watch-expiry.ts'
import { checkConnections } from './check-connections.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const EVERYBODY = { tenants: null }

const isRefresh = (request: HttpRequest): boolean => request.url.includes('/refresh_access_token')
const answer = (status: number, body: unknown): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
})
const refusal = (code: number, subcode?: number): HttpResponse =>
  answer(400, {
    error: {
      message: 'refused',
      type: 'OAuthException',
      code,
      ...(subcode && { error_subcode: subcode }),
    },
  })

const refreshes = (world: TestConnectWorld): number => world.calls('/refresh_access_token')

async function status(world: TestConnectWorld, id: string): Promise<Json> {
  return (await world.call('GET', `/v1/connections/${id}/token-status`, { headers: world.asHost }))
    .json
}

const refresh = async (world: TestConnectWorld, id: string): Promise<Json> =>
  (await world.call('POST', `/v1/connections/${id}/refresh`, { headers: world.asHost })).json

test('a token is refreshed from half life on, once, and lives sixty days from then', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await pass(world, 29 * DAY_MS)
  await refreshDue(world.ports, EVERYBODY)
  assert.equal(refreshes(world), 0)

  await pass(world, 7 * DAY_MS)
  assert.deepEqual(await refreshDue(world.ports, EVERYBODY), {
    refreshed: 1,
    failed: 0,
    invalid: 0,
  })
  assert.deepEqual(await refreshDue(world.ports, EVERYBODY), {
    refreshed: 0,
    failed: 0,
    invalid: 0,
  })
  assert.equal(refreshes(world), 1)
  const after = await status(world, id)
  const lifeMs = Date.parse(after.expiresAt) - world.ports.clock.now()
  assert.ok(lifeMs > 59 * DAY_MS && lifeMs <= 60 * DAY_MS)
  assert.equal(after.refreshedAt, new Date(world.ports.clock.now()).toISOString())
  assert.equal(after.status, 'active')
})

test('ten workers at once refresh each due token exactly once', async () => {
  await using world = await worldInStep()
  await world.connected()
  await world.connected({}, { account: 'casa.verde' })
  await world.connected({}, { account: 'studio.nia' })
  await pass(world, 40 * DAY_MS)
  const sweeps = await Promise.all(
    Array.from({ length: 10 }, async () => await refreshDue(world.ports, EVERYBODY)),
  )
  assert.equal(refreshes(world), 3)
  assert.equal(
    sweeps.reduce((sum, { refreshed }) => sum + refreshed, 0),
    3,
  )
})

test('an app whose hour is spent keeps no other app’s tokens waiting', async () => {
  await using world = await worldInStep()
  const { ports } = world
  const { id } = await world.connected()
  await pass(world, 40 * DAY_MS)
  for (let count = 0; count < 6; count += 1) await connectedAccount(ports)
  await ports.db.run(sql`
    update grants set app_id = 'spent', next_refresh_at = '2020-01-01' where connection_id <> ${id}`)
  await ports.db.run(sql`
    insert into meta_apps (app_id, hour, calls)
    values ('spent', date_trunc('hour', ${new Date(ports.clock.now())}::timestamptz), 1000000)`)
  assert.deepEqual(await refreshDue(ports, EVERYBODY), { refreshed: 1, failed: 0, invalid: 0 })
  assert.equal(refreshes(world), 1)

  await pass(world, HOUR_MS)
  await refreshDue(ports, EVERYBODY)
  assert.ok(refreshes(world) > 1)
})

test('a worker that comes back after its lease writes nothing', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await pass(world, 40 * DAY_MS)
  let isFirst = true
  world.intercepts.push(async (request) => {
    if (!isRefresh(request) || !isFirst) return undefined
    isFirst = false
    // Frozen beyond its lease, while another worker does it.
    await world.ports.db.run(
      sql`update grants set lease_until = clock_timestamp() - interval '1 second'`,
    )
    assert.equal((await refreshDue(world.ports, EVERYBODY)).refreshed, 1)
    return answer(200, { access_token: 'late', token_type: 'bearer', expires_in: 5_184_000 * 2 })
  })
  world.intercepts.push((request) =>
    request.url.includes('access_token=late')
      ? answer(200, { user_id: '17841400000000101', id: '1', username: 'lumen.chiro' })
      : undefined,
  )
  assert.equal((await refreshDue(world.ports, EVERYBODY)).refreshed, 0)
  const { expiresAt } = await status(world, id)
  assert.ok(Date.parse(expiresAt) <= world.ports.clock.now() + 60 * DAY_MS)
})

test('a token is never replaced by something worse', async () => {
  const odd: readonly (readonly [string, HttpResponse])[] = [
    ['empty', answer(200, { access_token: '', token_type: 'bearer', expires_in: 5_184_000 })],
    ['none', answer(200, { token_type: 'bearer', expires_in: 5_184_000 })],
    ['HTML', answer(200, '<!doctype html><title>Sorry</title>')],
    ['an earlier end', answer(200, { access_token: 'x', token_type: 'bearer', expires_in: 60 })],
  ]
  for (const [name, reply] of odd) {
    await using world = await worldInStep()
    const { id } = await world.connected()
    await pass(world, 40 * DAY_MS)
    const before = await status(world, id)
    const sealed = await sealedTokens(world)
    world.intercepts.push((request) => (isRefresh(request) ? reply : undefined))
    assert.deepEqual(
      await refreshDue(world.ports, EVERYBODY),
      { refreshed: 0, failed: 1, invalid: 0 },
      name,
    )
    assert.deepEqual(await sealedTokens(world), sealed, name)
    assert.deepEqual(await status(world, id), before, name)
  }
})

test('the same string without a date changes nothing, and the notice that it ends stays open', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await pass(world, 57 * DAY_MS)
  await watchExpiry(world.ports)
  const open = async () =>
    await world.ports.db.many(
      sql`select kind, level from alerts where resolved_at is null and connection_id = ${id}`,
    )
  const notices = await open()
  assert.equal(notices.length, 1)
  const before = await status(world, id)
  const grant = { tenantId: 'clinic', connectionId: id }
  const token = (await useGrant(world.ports, grant, 'test')).token.reveal()
  for (const life of [{}, { expires_in: 0 }, { expires_in: 'soon' }]) {
    world.intercepts.push((request) =>
      isRefresh(request) ? answer(200, { access_token: token, ...life }) : undefined,
    )
    assert.deepEqual(
      await refreshDue(world.ports, { ...EVERYBODY, force: true }),
      { refreshed: 0, failed: 1, invalid: 0 },
      JSON.stringify(life),
    )
    world.intercepts.pop()
    assert.deepEqual(await status(world, id), before)
    assert.deepEqual(await open(), notices)
    await world.ports.db.run(sql`update grants set retry_at = null`)
  }

  // Another token without a date is taken; that its end is far is not known.
  const other = await world.control('/tokens', { account: 'lumen.chiro' })
  world.intercepts.push((request) =>
    isRefresh(request) ? answer(200, { access_token: other.accessToken }) : undefined,
  )
  assert.equal((await refreshDue(world.ports, EVERYBODY)).refreshed, 1)
  assert.equal((await status(world, id)).expiry, 'unknown')
  assert.deepEqual(await open(), notices)
})

test('a connection that was told to end soon, and is renewed, is told to be well again', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await pass(world, 57 * DAY_MS)
  await watchExpiry(world.ports)
  assert.equal((await refreshDue(world.ports, EVERYBODY)).refreshed, 1)
  const { json } = await world.call('GET', '/v1/host-events?limit=100', { headers: world.asHost })
  const told = json.data.map(({ type, data }: Json) => [type, data.status ?? null]).toReversed()
  assert.deepEqual(told, [
    ['connection.created', null],
    ['connection.expiring', 'expiring'],
    ['connection.updated', 'active'],
  ])
  assert.equal(json.data[0].data.connectionId, id)
  assert.equal(json.data[0].data.expiresAt, (await status(world, id)).expiresAt)
})

test('the token of another account changes nothing, and that is audited', async () => {
  await using world = await worldInStep()
  await world.connected()
  await pass(world, 40 * DAY_MS)
  const sealed = await sealedTokens(world)
  world.intercepts.push((request) => {
    if (isRefresh(request)) return answer(200, { access_token: 'stolen', expires_in: 5_184_000 })
    if (!request.url.includes('access_token=stolen')) return undefined
    return answer(200, { user_id: '17841400000000203', id: '1', username: 'casa.verde' })
  })
  assert.equal((await refreshDue(world.ports, EVERYBODY)).failed, 1)
  assert.deepEqual(await sealedTokens(world), sealed)
  const refused = (await world.audit()).filter(({ action }) => action === 'token.refresh_refused')
  assert.equal(refused[0]?.detail.reason, 'other_account')
})

test('the same string with a later end is a success', async () => {
  await using world = await worldInStep()
  await world.control('/switches', { refreshReply: 'same_string' })
  const { id } = await world.connected()
  await pass(world, 40 * DAY_MS)
  assert.equal((await refreshDue(world.ports, EVERYBODY)).refreshed, 1)
  assert.ok(Date.parse((await status(world, id)).expiresAt) > world.ports.clock.now() + 59 * DAY_MS)
})

test('a refresh under 24 hours of age makes no call and says so', async () => {
  await using world = await worldInStep()
  await pass(world, 0)
  const { id } = await world.connected()
  await pass(world, DAY_MS - 1)
  const young = await refresh(world, id)
  assert.equal(young.refreshed, false)
  assert.match(young.message, /24 hours/)
  assert.equal(refreshes(world), 0)
  // The simulator's clock runs: its token is some milliseconds younger than ours.
  await pass(world, 60_000)
  assert.equal((await refresh(world, id)).refreshed, true)
  assert.equal(refreshes(world), 1)
})

test('a removed app is revoked with its reason, the other causes ask for a new login', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await pass(world, 40 * DAY_MS)
  world.intercepts.push((request) => (isRefresh(request) ? refusal(190, 458) : undefined))
  assert.deepEqual(await refreshDue(world.ports, EVERYBODY), {
    refreshed: 0,
    failed: 0,
    invalid: 1,
  })
  const after = await status(world, id)
  assert.deepEqual([after.isValid, after.status, after.reason], [false, 'revoked', 'app_removed'])
})

test('while Meta is away few calls are made, and afterwards everything heals by itself', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await world.connected({}, { account: 'casa.verde' })
  await world.connected({}, { account: 'studio.nia' })
  await pass(world, 40 * DAY_MS)
  let isAway = true
  let asked = 0
  world.intercepts.push((request) => {
    if (!isAway || request.url.includes('/control')) return undefined
    asked += 1
    throw new HttpFailure('not_connected')
  })
  for (let minute = 0; minute < 360; minute += 1) {
    world.ports.clock.advance(60_000)
    await refreshDue(world.ports, EVERYBODY)
    await checkConnections(world.ports, EVERYBODY)
  }
  assert.ok(asked >= 3 && asked <= 30, `${asked} calls in six hours`)
  assert.equal((await status(world, id)).status, 'active')
  isAway = false
  for (let minute = 0; minute < 7 * 60; minute += 1) {
    await pass(world, 60_000)
    await checkConnections(world.ports, EVERYBODY)
    await refreshDue(world.ports, EVERYBODY)
  }
  assert.equal(refreshes(world) >= 3, true)
  assert.ok(Date.parse((await status(world, id)).expiresAt) > world.ports.clock.now() + 58 * DAY_MS)
})

test('a broken app marks no connection dead and is asked with one grant at a time', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await world.connected({}, { account: 'casa.verde' })
  await pass(world, 40 * DAY_MS)
  let isBroken = true
  world.intercepts.push((request) =>
    isBroken && request.url.includes('access_token') ? refusal(101) : undefined,
  )
  await refreshDue(world.ports, EVERYBODY)
  const asked = refreshes(world)
  await refreshDue(world.ports, EVERYBODY)
  assert.equal(refreshes(world), asked, 'paused')
  assert.equal((await status(world, id)).status, 'active')
  assert.ok((await world.audit()).some(({ action }) => action === 'app.paused'))
  isBroken = false
  await pass(world, HOUR_MS)
  await checkConnections(world.ports, EVERYBODY)
  assert.deepEqual(await refreshDue(world.ports, EVERYBODY), {
    refreshed: 2,
    failed: 0,
    invalid: 0,
  })
  assert.ok((await world.audit()).some(({ action }) => action === 'app.resumed'))
})

test('the sweep refreshes what is due and says what it did', async () => {
  await using world = await worldInStep()
  await pass(world, 0)
  await world.connected()
  const sweep = async (body: object): Promise<Json> =>
    (await world.call('POST', '/v1/connections/refresh', { body, headers: world.asHost })).json
  const nothing = { refreshed: 0, failed: 0, invalid: 0, skipped: 1, total: 0 }
  assert.deepEqual(await sweep({}), {
    ...nothing,
    message: 'Refreshed 0 tokens, 0 failed, 0 invalid',
  })
  assert.equal((await sweep({ force: true })).refreshed, 0)
  await pass(world, DAY_MS + 60_000)
  assert.deepEqual(await sweep({ tenantId: 'clinic', force: true }), {
    ...nothing,
    refreshed: 1,
    total: 1,
    skipped: 0,
    message: 'Refreshed 1 token, 0 failed, 0 invalid',
  })
})

test('another tenant may refresh nothing here, and a stranger nothing at all', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  const asShop = await world.asTenant('shop')
  const path = `/v1/connections/${id}/refresh`
  assert.equal((await world.call('POST', path, { headers: asShop })).status, 404)
  assert.equal((await world.call('POST', path, {})).status, 401)
  assert.equal((await world.call('POST', '/v1/connections/refresh', {})).status, 401)
  assert.equal(
    (await world.call('POST', '/v1/connections/refresh', { headers: asShop })).status,
    403,
  )
  const unknown = { body: { tenantId: 'nobody' }, headers: world.asHost }
  assert.equal((await world.call('POST', '/v1/connections/refresh', unknown)).status, 200)
  assert.equal((await world.call('POST', path, { headers: await world.asTenant() })).status, 200)
})

async function sealedTokens(world: TestConnectWorld): Promise<unknown> {
  return await world.ports.db.many(sql`select sealed_token from grants order by id`)
}
