import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { Json, TestConnectWorld } from '#testing/test-connect.ts'
import { markEventReceived } from './mark-event-received.ts'
import { resolveAccounts } from './resolve-accounts.ts'

const DAY_MS = 86_400_000

async function list(
  world: TestConnectWorld,
  query = '',
  headers: Record<string, string> = world.asHost,
): Promise<Json> {
  return (await world.call('GET', `/v1/connections${query}`, { headers })).json
}

test('a status cannot lie: it follows the clock with nobody writing anything', async () => {
  await using world = await testConnectWorld()
  const { id, grants } = await world.connected()
  const endMs = Date.parse(grants[0].expiresAt)
  const at = async (ms: number): Promise<[string, string | null]> => {
    world.ports.clock.set(ms)
    const connection = await world.find(id)
    const filtered = await list(world, `?status=${connection.status}`)
    assert.equal(filtered.data.length, 1, 'the filter finds what the list shows')
    return [connection.status, connection.reason]
  }
  const startMs = world.ports.clock.now()
  assert.deepEqual(await at(startMs + 1.5 * DAY_MS), ['active', null])
  assert.deepEqual(await at(startMs + 1.5 * DAY_MS + 1), ['active', 'not_checked_recently'])
  assert.equal((await at(endMs - 14 * DAY_MS - 1))[0], 'active')
  assert.equal((await at(endMs - 14 * DAY_MS))[0], 'expiring')
  assert.equal((await at(endMs - 1))[0], 'expiring')
  assert.deepEqual(await at(endMs), ['needs_reauth', 'expired'])
})

test('the filter and the derivation agree on every status', async () => {
  await using world = await testConnectWorld()
  await world.connected()
  world.ports.clock.advance(1)
  await world.connected({ confirmation: 'return' }, { account: 'casa.verde' })
  world.ports.clock.advance(1)
  const gone = await world.connected({}, { account: 'studio.nia' })
  await world.call('DELETE', `/v1/connections/${gone.id}`, { headers: world.asHost })
  const all = (await list(world)).data
  assert.deepEqual(
    all.map((each: Json) => each.status),
    ['disconnected', 'pending', 'active'],
  )
  for (const { id, status } of all) {
    const found = (await list(world, `?status=${status}`)).data
    assert.deepEqual(
      found.map((each: Json) => each.id),
      [id],
    )
  }
})

test('a list is paged without loss and shows each caller its own', async () => {
  await using world = await testConnectWorld()
  for (const account of ['lumen.chiro', 'casa.verde', 'studio.nia']) {
    const tenantId = account === 'studio.nia' ? 'shop' : 'clinic'
    await world.connected({ tenantId }, { account })
  }
  const first = await list(world, '?limit=2')
  assert.equal(first.data.length, 2)
  const second = await list(world, `?limit=2&cursor=${first.nextCursor}`)
  assert.equal(second.nextCursor, null)
  const ids = [...first.data, ...second.data].map((each: Json) => each.id)
  assert.equal(new Set(ids).size, 3)

  const shop = await list(world, '', await world.asTenant('shop'))
  assert.deepEqual(
    shop.data.map((each: Json) => each.account.username),
    ['studio.nia'],
  )
  const foreign = await list(world, '?tenantId=clinic', await world.asTenant('shop'))
  assert.equal(foreign.code, 'tenants/not-found')
  assert.equal((await list(world, '?tenantId=shop')).data.length, 1)
  assert.equal((await list(world, '?cursor=zzz')).code, 'http/invalid-fields')
  assert.equal((await list(world, '', {})).code, 'auth/required')
})

test('somebody else’s connection is byte-equal to none, to read and to disconnect', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  const headers = { ...(await world.asTenant('shop')), 'x-request-id': 'the-same-id' }
  for (const method of ['GET', 'DELETE']) {
    const foreign = await world.call(method, `/v1/connections/${id}`, { headers })
    const unknown = await world.call(
      method,
      '/v1/connections/01a1f8d3-0000-7000-8000-000000000000',
      {
        headers,
      },
    )
    assert.equal(foreign.status, 404)
    assert.equal(foreign.text, unknown.text)
    assert.equal((await world.call(method, '/v1/connections/none', { headers })).status, 404)
  }
  assert.equal((await world.find(id)).status, 'active')
})

test('disconnecting unsubscribes, destroys the token, keeps the record, and again is the same', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  const first = await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
  assert.equal(first.status, 200)
  assert.equal(first.json.status, 'disconnected')
  assert.equal(first.json.webhook.subscribed, false)
  const state = await world.control('/state', undefined, 'GET')
  const account = state.accounts.find((each: Json) => each.key === 'lumen.chiro')
  assert.equal(account.connected, false)
  const sealed = await world.ports.db.many(
    sql`select 1 from grants where sealed_token is not null or sealed_user_token is not null`,
  )
  assert.equal(sealed.length, 0)
  const calls = world.seen.length
  const again = await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
  assert.deepEqual(again.json, first.json)
  assert.equal(world.seen.length, calls)
  const lines = (await world.audit()).filter(({ action }) => action === 'connection.disconnected')
  assert.equal(lines.length, 1)
})

test('every audit line of a disconnect names the request and its address', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  const headers = { ...world.asHost, 'x-request-id': 'disconnect-1234567890' }
  await world.call('DELETE', `/v1/connections/${id}`, { headers })
  const lines = await world.ports.db.many<{ action: string }>(sql`
    select action from audit_log where request_id = 'disconnect-1234567890' and actor = 'key:environment'
      and address is not null order by id`)
  assert.deepEqual(
    lines.map(({ action }) => action),
    ['token.unsealed', 'connection.disconnected', 'connection.unsubscribed'],
  )
})

test('disconnecting works while Meta is away', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  await world.control('/faults', { times: 10, error: 'drop-before' })
  const gone = await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
  assert.equal(gone.json.status, 'disconnected')
})

test('an account freed by one tenant can be connected by another, and is not unsubscribed by the first again', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
  const shop = await world.connected({ tenantId: 'shop' })
  assert.equal(shop.webhook.subscribed, true)
  await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
  const state = await world.control('/state', undefined, 'GET')
  assert.equal(state.accounts.find((each: Json) => each.key === 'lumen.chiro').connected, true)
})

test('entry ids resolve to live connections, by account and by page', async () => {
  await using world = await testConnectWorld()
  const { db } = world.ports
  const lumen = await world.connected()
  const casa = await world.connected(
    { tenantId: 'shop' },
    { login: 'facebook', pages: ['Casa Verde'] },
  )
  await world.connected({ confirmation: 'return' }, { account: 'studio.nia' })
  const ids = [
    '17841400000000101',
    '134895793791901',
    '17841400000000203',
    '17841400000000305',
    '0',
  ]
  const resolved = await resolveAccounts(db, [...ids, ...ids])
  assert.deepEqual(resolved.get('17841400000000101'), {
    tenantId: 'clinic',
    connectionId: lumen.id,
    accountId: '17841400000000101',
  })
  assert.deepEqual(resolved.get('134895793791901'), {
    tenantId: 'shop',
    connectionId: casa.id,
    accountId: '17841400000000203',
  })
  assert.equal(resolved.size, 3, 'a candidate and a stranger are nobody’s')
  await db.run(sql`update connections set status = 'needs_reauth' where id = ${lumen.id}`)
  assert.equal((await resolveAccounts(db, ids)).size, 3, 'a dead token still receives')
  await world.call('DELETE', `/v1/connections/${lumen.id}`, { headers: world.asHost })
  assert.equal((await resolveAccounts(db, ids)).size, 2)
  assert.equal((await resolveAccounts(db, [])).size, 0)
})

test('the first event answers the self-test, and a burst is one write', async () => {
  await using world = await testConnectWorld()
  const { db } = world.ports
  const { id } = await world.connected()
  const startMs = world.ports.clock.now()
  const mark = async (ms: number, isMessage: boolean): Promise<void> => {
    const event = { tenantId: 'clinic', connectionId: id, isMessage }
    await markEventReceived(db, new Date(startMs + ms), [
      event,
      event,
      { ...event, isMessage: false },
    ])
  }
  const seen = async (): Promise<(number | null)[]> => {
    const { lastEventAt, lastMessageAt } = await world.find(id)
    return [lastEventAt, lastMessageAt].map((at) => (at === null ? null : Date.parse(at) - startMs))
  }
  await mark(0, false)
  assert.deepEqual(await seen(), [0, null])
  await mark(1_000, true)
  assert.deepEqual(await seen(), [1_000, 1_000], 'the first message is always noted')
  await mark(6_000, true)
  assert.deepEqual(await seen(), [1_000, 1_000], 'five seconds are not over')
  await mark(6_001, false)
  assert.deepEqual(await seen(), [6_001, 1_000])
  const check = (await world.find(id)).selfTest.checks.at(-1)
  assert.equal(check.name, 'first_webhook')
  assert.equal(check.state, 'ok')
})

test('after a reconnect the self-test waits for an event of its own', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  const lastCheck = async (): Promise<unknown> =>
    (await world.find(id)).selfTest.checks.at(-1).state
  const mark = async (): Promise<void> => {
    const at = new Date(world.ports.clock.now())
    await markEventReceived(world.ports.db, at, [
      { tenantId: 'clinic', connectionId: id, isMessage: false },
    ])
  }
  world.ports.clock.advance(1)
  await mark()
  assert.equal(await lastCheck(), 'ok')
  world.ports.clock.advance(DAY_MS)
  await world.connected({ connectionId: id })
  assert.equal(await lastCheck(), 'waiting')
  await mark()
  assert.equal(await lastCheck(), 'ok')
})

test('batches that mark the same connections at once neither wait nor deadlock', async () => {
  await using world = await testConnectWorld()
  const one = await world.connected()
  const other = await world.connected({}, { account: 'casa.verde' })
  const events = [one.id, other.id].map((connectionId: string) => ({
    tenantId: 'clinic',
    connectionId,
    isMessage: true,
  }))
  await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const at = new Date(world.ports.clock.now() + n * 10_000)
      await markEventReceived(world.ports.db, at, n % 2 === 0 ? events : events.toReversed())
    }),
  )
  assert.notEqual((await world.find(one.id)).lastMessageAt, null)
})
