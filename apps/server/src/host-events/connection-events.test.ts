import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { checkConnections } from '#connections/check-connections.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { Json, TestConnectWorld } from '#testing/test-connect.ts'
import { reportGrantFailure } from '#tokens/report-grant-failure.ts'
import { useGrant } from '#tokens/use-grant.ts'

const DAY_MS = 86_400_000

const refusal = (code: number, subcode?: number): GraphError =>
  new GraphError({ shape: 'graph', httpStatus: 400, code, subcode })

/** What the host would be told, oldest first; kept although nobody listens yet. */
async function told(world: TestConnectWorld): Promise<Json[]> {
  const { json } = await world.call('GET', '/v1/host-events?limit=100', { headers: world.asHost })
  return json.data.toReversed()
}
const typesOf = (events: Json[]): string[] => events.map(({ type }) => type)

async function fail(world: TestConnectWorld, id: string, error: GraphError): Promise<void> {
  const grant = await useGrant(world.ports, { tenantId: 'clinic', connectionId: id }, 'send')
  await reportGrantFailure(world.ports, grant, error)
}

test('connecting, reconnecting and disconnecting are told, each once', async () => {
  await using world = await testConnectWorld()
  const { id, account } = await world.connected()
  const [created] = await told(world)
  assert.equal(created.type, 'connection.created')
  const { tenantId, connectionId, login, capabilities, requestId } = created.data
  assert.deepEqual(
    [tenantId, connectionId, login, capabilities],
    ['clinic', id, 'instagram', ['messages']],
  )
  assert.equal(created.data.account.id, account.id)
  assert.equal(created.data.account.username, account.username)
  assert.ok(requestId)

  world.ports.clock.advance(1000)
  await world.connected({ connectionId: id })
  const remove = async () =>
    await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
  const removed = await remove()
  await remove()
  const events = await told(world)
  assert.deepEqual(typesOf(events), [
    'connection.created',
    'connection.reconnected',
    'connection.disconnected',
  ])
  assert.equal(events[2].data.requestId, removed.headers.get('x-request-id'))
  assert.doesNotMatch(JSON.stringify(events), /token/i)
})

test('a top-up tells that the connection changed', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  world.ports.clock.advance(1000)
  await world.connected({ connectionId: id, capabilities: ['messages', 'comments'] })
  const events = await told(world)
  assert.deepEqual(typesOf(events).slice(1), ['connection.reconnected', 'connection.updated'])
  assert.deepEqual(events[2].data.capabilities, ['messages', 'comments'])
})

test('an account that renamed itself is told as changed', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  await world.control('/accounts/lumen.chiro', { name: 'Lumen & Sons' }, 'PATCH')
  world.ports.clock.advance(1000)
  await world.connected({ connectionId: id })
  const updated = (await told(world)).at(-1)
  assert.deepEqual(
    [updated.type, updated.data.account.name],
    ['connection.updated', 'Lumen & Sons'],
  )
})

test('a candidate that is not confirmed is nothing to tell', async () => {
  await using world = await testConnectWorld()
  await world.connected({ confirmation: 'return' })
  assert.deepEqual(await told(world), [])
})

test('a dead token is told once, with its reason', async () => {
  for (const [subcode, type, reason] of [
    [460, 'connection.needs_reauth', 'password_changed'],
    [458, 'connection.revoked', 'app_removed'],
  ] as const) {
    await using world = await testConnectWorld()
    const { id } = await world.connected()
    const grant = await useGrant(world.ports, { tenantId: 'clinic', connectionId: id }, 'send')
    await reportGrantFailure(world.ports, grant, refusal(190, subcode))
    await reportGrantFailure(world.ports, grant, refusal(190, subcode))
    const events = await told(world)
    assert.deepEqual(typesOf(events), ['connection.created', type])
    assert.equal(events[1].data.reason, reason)
  }
})

test('with a second live grant the loss of one is not told as a loss', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected({}, { login: 'instagram', account: 'casa.verde' })
  await world.connected({}, { login: 'facebook', pages: ['Casa Verde'] })
  await fail(world, id, refusal(190, 460))
  assert.ok(!typesOf(await told(world)).includes('connection.needs_reauth'))
  await fail(world, id, refusal(190, 460))
  assert.equal(typesOf(await told(world)).at(-1), 'connection.needs_reauth')
})

test('what Meta refused works again after a day without another refusal, and that is told once', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  await fail(world, id, refusal(10))
  for (const _day of [1, 2]) {
    world.ports.clock.advance(DAY_MS)
    await checkConnections(world.ports, { tenants: null })
  }
  const [off, on, ...more] = (await told(world)).filter(({ type }) => type === 'capability.changed')
  assert.deepEqual([off.data.state, on.data.state, on.data.reason], ['off', 'on', null])
  assert.deepEqual(more, [])
})

test('a refusal that the other login makes up for changes nothing, and losing that one does', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected({}, { login: 'instagram', account: 'casa.verde' })
  await fail(world, id, refusal(10))
  await world.connected({}, { login: 'facebook', pages: ['Casa Verde'] })
  const states = async () =>
    (await told(world))
      .filter(({ type }) => type === 'capability.changed')
      .map(({ data }) => data.state)
  const before = await states()
  // The page's grant is in use now.
  await fail(world, id, refusal(190, 460))
  assert.deepEqual(await states(), [...before, 'off'])
})

test('a capability that Meta switches off is told once a day, and that it is back', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  const changes = async () =>
    (await told(world)).filter(({ type }) => type === 'capability.changed').map(({ data }) => data)
  await fail(world, id, refusal(10))
  await fail(world, id, refusal(10))
  const [off, ...more] = await changes()
  assert.deepEqual(more, [])
  assert.deepEqual(
    [off.capability, off.state, off.reason],
    ['messages', 'off', 'permission_withdrawn'],
  )
  world.ports.clock.advance(DAY_MS)
  await fail(world, id, refusal(10))
  assert.equal((await changes()).length, 2)
  await world.connected({ connectionId: id })
  const back = (await changes()).at(-1)
  assert.deepEqual([back.capability, back.state], ['messages', 'on'])
})
