import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '@parley/contract/app-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { sql } from '#ports/database.ts'
import { openSignals } from '#ports/signals.ts'
import { openVault } from '#ports/vault.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { TestConnectWorld } from '#testing/test-connect.ts'
import { reportGrantFailure } from './report-grant-failure.ts'
import { useGrant } from './use-grant.ts'

const DAY_MS = 86_400_000

const refusal = (code: number, subcode?: number, httpStatus = 400): GraphError =>
  new GraphError({ shape: 'graph', httpStatus, code, subcode })

const isRefusedWith = (code: string) => (error: unknown) =>
  error instanceof AppError && error.code === code

async function unsealings(world: TestConnectWorld): Promise<number> {
  return (await world.audit()).filter(({ action }) => action === 'token.unsealed').length
}

async function connect(world: TestConnectWorld) {
  const { id } = await world.connected()
  const key = { tenantId: 'clinic', connectionId: String(id) }
  return { id: String(id), key, use: async () => await useGrant(world.ports, key, 'send') }
}

test('a token is unsealed once for a minute of sending, and each unsealing is audited', async () => {
  await using world = await testConnectWorld()
  const { use } = await connect(world)
  await Promise.all([use(), use(), use()])
  await use()
  assert.equal(await unsealings(world), 1)
})

test('a disconnected connection has no token from the next call on', async () => {
  await using world = await testConnectWorld()
  const { id, use } = await connect(world)
  await use()
  await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
  await assert.rejects(use(), isRefusedWith('tokens/needs-reauth'))
})

test('a token on its way out of the seal while the account is disconnected is not kept', async () => {
  await using world = await testConnectWorld()
  const { id, use } = await connect(world)
  const asked = use()
  await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
  await asked.catch(() => undefined)
  await assert.rejects(use(), isRefusedWith('tokens/needs-reauth'))
})

test('another process forgets the token as soon as it is told', async () => {
  await using world = await testConnectWorld()
  const { id, key, use } = await connect(world)
  await use()
  const { ports } = world
  const signals = await openSignals(ports.db, 'another process', () => undefined)
  const vault = await openVault(ports.db, ports.config.encryptionKeys, ports)
  const other = { ...ports, signals, vault }
  await useGrant(other, key, 'send')
  const told = new Promise<void>((resolve) => void signals.onHappening(() => resolve()))
  await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
  await told
  await assert.rejects(useGrant(other, key, 'send'), isRefusedWith('tokens/needs-reauth'))
  await signals[Symbol.asyncDispose]()
})

test('a token past its end is not handed out, not even from memory', async () => {
  await using world = await testConnectWorld()
  const { id, use } = await connect(world)
  await use()
  const endMs = Date.parse((await world.find(id)).grants[0].expiresAt)
  world.ports.clock.set(endMs - 1)
  await use()
  world.ports.clock.set(endMs)
  await assert.rejects(use(), isRefusedWith('tokens/needs-reauth'))
})

test('another tenant gets no token, whoever asked before', async () => {
  await using world = await testConnectWorld()
  const { id, use } = await connect(world)
  await use()
  await assert.rejects(
    useGrant(world.ports, { tenantId: 'shop', connectionId: id }, 'send'),
    isRefusedWith('connections/not-found'),
  )
})

test('a sealed token moved to another row does not open, and that is audited', async () => {
  await using world = await testConnectWorld()
  const one = await connect(world)
  const other = await world.connected({}, { account: 'casa.verde' })
  await world.ports.db.run(sql`
    update grants set sealed_token = (select sealed_token from grants where connection_id = ${other.id})
    where connection_id = ${one.id}`)
  await assert.rejects(one.use(), isRefusedWith('tokens/needs-reauth'))
  assert.ok((await world.audit()).some(({ action }) => action === 'value.unseal_failed'))
})

test('the same token is sealed to different bytes', async () => {
  await using world = await testConnectWorld()
  const { use } = await connect(world)
  const { token } = await use()
  const place = { table: 'grants', row: 'r', column: 'c' }
  const sealed = [
    await world.ports.vault.sealToken('clinic', place, token),
    await world.ports.vault.sealToken('clinic', place, token),
  ]
  assert.notEqual(sealed[0], sealed[1])
})

test('each cause of a dead token gives its status and its reason', async () => {
  const cases = [
    [458, 'revoked', 'app_removed'],
    [459, 'needs_reauth', 'checkpoint'],
    [460, 'needs_reauth', 'password_changed'],
    [463, 'needs_reauth', 'expired'],
    [464, 'needs_reauth', 'unconfirmed_person'],
    [467, 'needs_reauth', 'token_invalid'],
    [492, 'needs_reauth', 'page_role_lost'],
  ] as const
  await using world = await testConnectWorld()
  for (const [subcode, status, reason] of cases) {
    const { id, use } = await connect(world)
    await reportGrantFailure(world.ports, await use(), refusal(190, subcode))
    const connection = await world.find(id)
    assert.equal(connection.status, status)
    assert.equal(connection.reason, reason)
    await assert.rejects(use(), isRefusedWith('tokens/needs-reauth'))
  }
})

test('a 190 without a subcode is believed only when a second call says it too', async () => {
  await using world = await testConnectWorld()
  const { id, use } = await connect(world)
  await reportGrantFailure(world.ports, await use(), refusal(190))
  assert.equal((await world.find(id)).status, 'active')

  await world.control('/faults', { path: '/me', times: 1, error: 'drop-before' })
  await reportGrantFailure(world.ports, await use(), refusal(190))
  assert.equal((await world.find(id)).status, 'active', 'silence proves nothing')

  await world.control('/tokens/revoke', { account: 'lumen.chiro', subcode: 460 })
  await reportGrantFailure(world.ports, await use(), refusal(190))
  assert.equal((await world.find(id)).status, 'needs_reauth')
})

test('passing and app-wide failures leave the connection as it is', async () => {
  await using world = await testConnectWorld()
  const { id, use } = await connect(world)
  const before = await world.find(id)
  for (const error of [
    refusal(1),
    refusal(2),
    refusal(4),
    refusal(17),
    refusal(32),
    refusal(613),
    refusal(80002),
    refusal(101),
    refusal(10, 2534022),
    new GraphError({ shape: 'none', httpStatus: 502 }),
  ]) {
    await reportGrantFailure(world.ports, await use(), error)
  }
  assert.deepEqual(await world.find(id), before)
})

test('a withdrawn permission or a restricted account switches the capability off for a day, not the connection', async () => {
  await using world = await testConnectWorld()
  for (const [error, reason] of [
    [refusal(10), 'permission_withdrawn'],
    [refusal(200), 'permission_withdrawn'],
    [refusal(200, 2534041), 'message_access_off'],
    [refusal(25), 'account_restricted'],
  ] as const) {
    const { id, use } = await connect(world)
    await reportGrantFailure(world.ports, await use(), error)
    const connection = await world.find(id)
    assert.equal(connection.status, 'active')
    assert.deepEqual(connection.capabilities.messages, { state: 'off', reason })
    world.ports.clock.advance(DAY_MS)
    assert.deepEqual((await world.find(id)).capabilities.messages, { state: 'on' })
  }
})

test('a late failure of the old token does not harm the new one', async () => {
  await using world = await testConnectWorld()
  const { id, use } = await connect(world)
  const old = await use()
  await world.connected({ connectionId: id })
  await reportGrantFailure(world.ports, old, refusal(190, 460))
  assert.equal((await world.find(id)).status, 'active')
})

test('with a second live grant the connection goes on', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected({}, { login: 'instagram', account: 'casa.verde' })
  await world.connected({}, { login: 'facebook', pages: ['Casa Verde'] })
  const key = { tenantId: 'clinic', connectionId: String(id) }
  const first = await useGrant(world.ports, key, 'send')
  assert.equal(first.login, 'instagram')
  await reportGrantFailure(world.ports, first, refusal(190, 460))
  assert.equal((await world.find(id)).status, 'active')
  const second = await useGrant(world.ports, key, 'send')
  assert.equal(second.login, 'facebook')
})

test('token-status says what the contract says, and never the token', async () => {
  await using world = await testConnectWorld()
  const { id, use } = await connect(world)
  const { token } = await use()
  const read = async () =>
    await world.call('GET', `/v1/connections/${id}/token-status`, { headers: world.asHost })
  const fresh = await read()
  assert.deepEqual(fresh.json, {
    isValid: true,
    status: 'active',
    reason: null,
    checkedAt: '2026-11-20T12:00:00.000Z',
    issuedAt: '2026-11-20T12:00:00.000Z',
    refreshedAt: null,
    nextRefreshAt: fresh.json.nextRefreshAt,
    expiresAt: '2027-01-19T11:59:04.000Z',
    expiry: 'known',
    expiresWithin24h: false,
    refreshDue: false,
    tokenInfo: {
      appId: world.ports.config.instagramApp?.id,
      application: null,
      scopes: ['instagram_business_basic', 'instagram_business_manage_messages'],
      userId: '17841400000000101',
    },
    message: 'Token is valid',
  })
  assert.ok(!fresh.text.includes(token.reveal()))

  const endMs = Date.parse(fresh.json.expiresAt)
  world.ports.clock.set(endMs - DAY_MS)
  const ending = (await read()).json
  assert.equal(ending.status, 'expiring')
  assert.equal(ending.expiresWithin24h, true)
  assert.equal(ending.refreshDue, true)
  assert.equal(ending.message, 'Token is valid and ends in 1 day')
  world.ports.clock.set(endMs)
  const over = (await read()).json
  assert.equal(over.isValid, false)
  assert.equal(over.status, 'needs_reauth')
})

test('token-status is not for strangers', async () => {
  await using world = await testConnectWorld()
  const { id } = await connect(world)
  const path = `/v1/connections/${id}/token-status`
  assert.equal((await world.call('GET', path)).status, 401)
  const foreign = await world.call('GET', path, { headers: await world.asTenant('shop') })
  assert.equal(foreign.status, 404)
  const own = await world.call('GET', path, { headers: await world.asTenant('clinic') })
  assert.equal(own.status, 200)
  const malformed = await world.call('GET', '/v1/connections/x/token-status', {
    headers: world.asHost,
  })
  assert.equal(malformed.status, 404)
})

test('many calls with one dead token are one loss: the app is not suspected for it', async () => {
  await using world = await testConnectWorld()
  const { id, use } = await connect(world)
  const grant = await use()
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      await reportGrantFailure(world.ports, grant, refusal(190, 460))
    }),
  )
  assert.equal((await world.find(id)).status, 'needs_reauth')
  assert.ok((await world.audit()).every(({ action }) => action !== 'app.paused'))
})
