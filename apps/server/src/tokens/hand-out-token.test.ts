import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testConnectWorld } from '#testing/test-connect.ts'

const UNKNOWN = '01a1f8d3-ea00-7709-ae9e-000000000000'
const pathOf = (id: string): string => `/v1/connections/${id}/access-token`

test('the token goes to a key with its own scope, is not kept on the way, and is audited each time', async () => {
  await using world = await testConnectWorld()
  const connection = await world.connected()
  const headers = await world.key(['access-token'], 'clinic')
  const {
    status,
    json,
    headers: answered,
  } = await world.call('GET', pathOf(connection.id), { headers })
  assert.equal(status, 200)
  assert.match(json.accessToken, /^IGAA/)
  assert.deepEqual(
    { ...json, accessToken: '' },
    {
      accessToken: '',
      login: 'instagram',
      expiresAt: connection.grants[0].expiresAt,
      expiry: 'known',
      scopes: connection.grants[0].scopes,
      accountId: connection.account.id,
      pageId: null,
    },
  )
  assert.equal(answered.get('cache-control'), 'no-store')
  await world.call('GET', pathOf(connection.id), { headers })
  const lines = (await world.audit()).filter(({ purpose }) => purpose === 'hand_out')
  assert.equal(lines.length, 2)
  assert.ok(lines.every((line) => 'actor' in line && String(line.actor).startsWith('key:')))
})

test('a page token comes with its page and without an end', async () => {
  await using world = await testConnectWorld()
  const connection = await world.connected(
    { login: 'facebook' },
    { account: 'casa.verde', pages: ['134895793791901'] },
  )
  const { json } = await world.call('GET', pathOf(connection.id), { headers: world.asHost })
  assert.match(json.accessToken, /^EAA/)
  assert.deepEqual(
    [json.login, json.pageId, json.expiresAt, json.expiry],
    ['facebook', '134895793791901', null, 'never'],
  )
})

test('no other scope, no operator and no user JWT gets a token', async () => {
  await using world = await testConnectWorld()
  const connection = await world.connected()
  for (const headers of [
    await world.key(['connections:read', 'connections:write', 'graph', 'connect', 'operate']),
    await world.operator(),
    await world.asTenant(),
  ]) {
    const { status, json } = await world.call('GET', pathOf(connection.id), { headers })
    assert.deepEqual([status, json.code], [403, 'auth/scope-missing'])
  }
  assert.equal((await world.call('GET', pathOf(connection.id))).status, 401)
  const lines = (await world.audit()).filter(({ purpose }) => purpose === 'hand_out')
  assert.deepEqual(lines, [])
})

test('another tenant’s connection is as unknown as none', async () => {
  await using world = await testConnectWorld()
  const connection = await world.connected()
  const headers = {
    ...(await world.key(['access-token'], 'shop')),
    'x-request-id': 'the-same-request',
  }
  const others = await world.call('GET', pathOf(connection.id), { headers })
  const unknown = await world.call('GET', pathOf(UNKNOWN), { headers })
  assert.equal(others.status, 404)
  assert.equal(others.text, unknown.text)
  assert.equal((await world.call('GET', pathOf('x'), { headers })).text, unknown.text)
})

test('a dead, a disconnected and an expired token are not handed out', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  const get = async (): Promise<unknown[]> => {
    const { status, json } = await world.call('GET', pathOf(id), { headers: world.asHost })
    return [status, json.code]
  }
  world.ports.clock.advance(61 * 86_400_000)
  assert.deepEqual(await get(), [409, 'tokens/needs-reauth'])
  world.ports.clock.advance(-61 * 86_400_000)
  await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
  assert.deepEqual(await get(), [409, 'tokens/needs-reauth'])
})

test('a key that fetches tokens without end is told to wait', async () => {
  await using world = await testConnectWorld()
  const headers = await world.key(['access-token'])
  const answers = await Promise.all(
    Array.from({ length: 200 }, async () => await world.call('GET', pathOf(UNKNOWN), { headers })),
  )
  const refused = answers.filter(({ status }) => status === 429)
  assert.ok(refused.length > 0 && refused.length <= 80)
  assert.equal(refused[0]?.json.code, 'http/rate-limited')
  assert.ok(Number(refused[0]?.headers.get('retry-after')) >= 1)
  const other = await world.key(['access-token'])
  assert.equal((await world.call('GET', pathOf(UNKNOWN), { headers: other })).status, 404)
})
