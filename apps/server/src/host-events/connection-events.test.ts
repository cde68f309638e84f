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

/** What was told of capabilities, oldest first. */
const changes = async (world: TestConnectWorld): Promise<[string, string, string | null][]> =>
  (await told(world))
    .filter(({ type }) => type === 'capability.changed')
    .map(({ data }) => [data.capability, data.state, data.reason])

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
  assert.deepEqual(typesOf(events).slice(1), [
    'connection.reconnected',
    'connection.updated',
    'capability.changed',
  ])
  assert.deepEqual(events[2].data.capabilities, ['messages', 'comments'])
  assert.deepEqual(await changes(world), [['comments', 'on', null]])
  assert.equal(events[3].data.requestId, events[2].data.requestId)
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

test('a refusal that another login makes up for is over, and losing that one tells of it again', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected({}, { login: 'instagram', account: 'casa.verde' })
  await fail(world, id, refusal(10))
  await world.connected({}, { login: 'facebook', pages: ['Casa Verde'] })
  assert.deepEqual(await changes(world), [
    ['messages', 'off', 'permission_withdrawn'],
    ['messages', 'on', null],
  ])
  // The page's grant is in use now.
  await fail(world, id, refusal(190, 460))
  assert.deepEqual((await changes(world)).slice(2), [['messages', 'off', 'permission_withdrawn']])
})

test('what the other login allows all along does not change with a fresh login', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected({}, { login: 'instagram', account: 'casa.verde' })
  await world.connected({}, { login: 'facebook', pages: ['Casa Verde'] })
  await fail(world, id, refusal(10))
  for (const login of ['instagram', 'facebook'] as const) {
    world.ports.clock.advance(1000)
    const choice = login === 'facebook' ? { pages: ['Casa Verde'] } : { account: 'casa.verde' }
    await world.connected({ connectionId: id }, { login, ...choice })
  }
  assert.deepEqual(await changes(world), [])
})

test('a permission that is unticked at a reconnect is told, and that it is back', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  const declined = ['instagram_business_manage_messages']
  const reconnect = async (choice: object): Promise<void> => {
    world.ports.clock.advance(1000)
    await world.connected({ connectionId: id }, choice)
  }
  const off = ['messages', 'off', 'permission_not_granted']
  const on = ['messages', 'on', null]
  await reconnect({ declined })
  await reconnect({ declined })
  assert.deepEqual(await changes(world), [off])
  await reconnect({})
  assert.deepEqual(await changes(world), [off, on])
  // After a loss too.
  await fail(world, id, refusal(190, 460))
  await reconnect({ declined })
  assert.deepEqual(await changes(world), [off, on, off])
})

test('what was refused before a login was lost works with the next one, however late, and is told so', async () => {
  for (const days of [0, 3]) {
    await using world = await testConnectWorld()
    const { id } = await world.connected()
    await fail(world, id, refusal(10))
    await fail(world, id, refusal(190, 460))
    world.ports.clock.advance(days * DAY_MS + 1000)
    await world.connected({ connectionId: id })
    assert.deepEqual(await changes(world), [
      ['messages', 'off', 'permission_withdrawn'],
      ['messages', 'on', null],
    ])
  }
})

test('a capability that Meta switches off is told once a day, and that it is back', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  const off = ['messages', 'off', 'permission_withdrawn']
  await fail(world, id, refusal(10))
  await fail(world, id, refusal(10))
  assert.deepEqual(await changes(world), [off])
  world.ports.clock.advance(DAY_MS)
  await fail(world, id, refusal(10))
  assert.deepEqual(await changes(world), [off, off])
  await world.connected({ connectionId: id })
  assert.deepEqual(await changes(world), [off, off, ['messages', 'on', null]])
})
