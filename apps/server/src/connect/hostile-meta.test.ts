import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { HttpRequest, HttpResponse } from '@parley/instagram/http-port.ts'
import { sql } from '#ports/database.ts'
import { answerJson, testConnectWorld } from '#testing/test-connect.ts'
import type { TestConnectWorld } from '#testing/test-connect.ts'
import { repeatExchanges } from './repeat-exchanges.ts'

const isCode = (request: HttpRequest): boolean =>
  request.url.includes('api.instagram.com/oauth/access_token')
const isExtend = (request: HttpRequest): boolean =>
  request.url.includes('graph.instagram.com/access_token')

async function failWith(
  world: TestConnectWorld,
  answer: (request: HttpRequest) => HttpResponse | undefined,
): Promise<string | null> {
  world.intercepts.length = 0
  world.intercepts.push(answer)
  const landing = await world.walk((await world.session()).url, { login: 'instagram' })
  world.intercepts.length = 0
  return landing.location?.searchParams.get('error') ?? null
}

test('whatever the token endpoint does instead of answering ends as one of our codes, after one attempt', async () => {
  await using world = await testConnectWorld()
  const cases: [string, () => HttpResponse][] = [
    [
      'connect/exchange-failed',
      () => ({
        status: 302,
        headers: { location: 'https://evil.example' },
        body: new Uint8Array(),
      }),
    ],
    [
      'connect/exchange-failed',
      () => {
        throw new HttpFailure('too_large')
      },
    ],
    ['connect/exchange-failed', () => ({ status: 200, headers: {}, body: Buffer.from('<html>') })],
    ['connect/exchange-failed', () => answerJson(200, { access_token: '' })],
    [
      'connect/exchange-failed',
      () =>
        answerJson(400, {
          error_type: 'OAuthException',
          code: 400,
          error_message: 'Matching code was not found or was already used',
        }),
    ],
    [
      'connect/exchange-failed',
      () =>
        answerJson(400, {
          error_type: 'OAuthException',
          code: 400,
          error_message: 'Invalid platform app',
        }),
    ],
    [
      'connect/meta-unavailable',
      () => {
        throw new HttpFailure('after_sent')
      },
    ],
    [
      'connect/meta-unavailable',
      () => {
        throw new HttpFailure('not_connected')
      },
    ],
    [
      'connect/meta-unavailable',
      () => ({ status: 502, headers: {}, body: Buffer.from('bad gateway') }),
    ],
  ]
  for (const [code, answer] of cases) {
    let attempts = 0
    const told = await failWith(world, (request) => {
      if (!isCode(request)) return undefined
      attempts += 1
      return answer()
    })
    assert.equal(told, code)
    assert.equal(attempts, 1, 'a code is never sent twice')
  }
  const list = await world.call('GET', '/v1/connections', { headers: world.asHost })
  assert.deepEqual(list.json.data, [])
})

test('an account the app may not use yet is told so', async () => {
  await using world = await testConnectWorld()
  await world.control('/switches', {
    instagramAppMode: 'development',
    instagramAppAccess: 'standard',
  })
  await world.control('/accounts/lumen.chiro', { isTester: false }, 'PATCH')
  const landing = await world.walk((await world.session()).url, { login: 'instagram' })
  assert.equal(landing.location?.searchParams.get('error'), 'connect/app-not-allowed')
})

test('a personal account is told to become a professional one', async () => {
  await using world = await testConnectWorld()
  const told = await failWith(world, (request) =>
    request.url.includes('/me?')
      ? answerJson(200, {
          id: '2',
          user_id: '17841400000000999',
          username: 'p',
          account_type: 'PERSONAL',
        })
      : undefined,
  )
  assert.equal(told, 'connect/not-professional')
})

test('the long exchange failing for a while leaves a pending connection that completes by itself', async () => {
  await using world = await testConnectWorld()
  const down = (request: HttpRequest): HttpResponse | undefined =>
    isExtend(request)
      ? answerJson(500, { error: { code: 2, message: 'down', type: 'OAuthException' } })
      : undefined
  world.intercepts.push(down)
  const pending = await world.connected({}, { login: 'instagram' })
  assert.equal(pending.status, 'pending')
  assert.equal(pending.reason, 'exchange_repeats')
  assert.equal(await repeatExchanges(world.ports, world.hooks), 0)
  assert.equal(world.calls('api.instagram.com'), 1)

  world.intercepts.length = 0
  assert.equal(await repeatExchanges(world.ports, world.hooks), 0, 'leased for a minute')
  await releaseLeases(world)
  assert.equal(await repeatExchanges(world.ports, world.hooks), 1)
  const connection = await world.find(pending.id)
  assert.equal(connection.status, 'active')
  assert.equal(connection.webhook.subscribed, true)
  assert.equal(connection.grants[0].expiry, 'known')
  assert.equal(world.calls('api.instagram.com'), 1, 'a code is never sent twice')
})

test('a short token that dies before the long one comes is destroyed', async () => {
  await using world = await testConnectWorld()
  world.intercepts.push((request) =>
    isExtend(request) ? answerJson(500, { error: { code: 2, message: 'down' } }) : undefined,
  )
  const pending = await world.connected({}, { login: 'instagram' })
  world.ports.clock.advance(60 * 60_000)
  await repeatExchanges(world.ports, world.hooks)
  const ended = await world.find(pending.id)
  assert.equal(ended.status, 'disconnected')
  assert.equal(ended.reason, 'candidate_expired')
})

test('a candidate confirmed before its long token came is completed with it', async () => {
  await using world = await testConnectWorld()
  let isDown = true
  world.intercepts.push((request) =>
    isDown && isExtend(request)
      ? answerJson(500, { error: { code: 2, message: 'down' } })
      : undefined,
  )
  const { url } = await world.session({ confirmation: 'return' })
  const told = (await world.walk(url, { login: 'instagram' })).location?.searchParams
  const path = `/v1/connections/${told?.get('connection_id')}/confirm`
  const body = { code: told?.get('confirm') }
  const confirmed = await world.call('POST', path, { body, headers: world.asHost })
  assert.equal(confirmed.json.status, 'pending')
  isDown = false
  await repeatExchanges(world.ports, world.hooks)
  const again = await world.call('POST', path, { body, headers: world.asHost })
  assert.equal(again.json.status, 'active')
})

test('ten workers repeat one exchange once', async () => {
  await using world = await testConnectWorld()
  let isDown = true
  world.intercepts.push((request) =>
    isDown && isExtend(request)
      ? answerJson(500, { error: { code: 2, message: 'down' } })
      : undefined,
  )
  const pending = await world.connected({}, { login: 'instagram' })
  isDown = false
  const before = world.seen.filter(isExtend).length
  await Promise.all(Array.from({ length: 10 }, () => repeatExchanges(world.ports, world.hooks)))
  assert.equal(world.seen.filter(isExtend).length, before + 1)
  assert.equal((await world.find(pending.id)).status, 'active')
})

test('a reconnect whose long exchange has to wait keeps the live token in use', async () => {
  await using world = await testConnectWorld()
  const before = await world.connected()
  world.intercepts.push((request) =>
    isExtend(request) ? answerJson(500, { error: { code: 2, message: 'down' } }) : undefined,
  )
  await world.connected({ connectionId: before.id })
  assert.deepEqual(await world.find(before.id), before)
})

test('Facebook’s long exchange failing for a while is repeated too, down to the page token', async () => {
  await using world = await testConnectWorld()
  world.intercepts.push((request) =>
    request.url.includes('fb_exchange_token=')
      ? answerJson(500, { error: { code: 2, message: 'down' } })
      : undefined,
  )
  const pending = await world.connected({}, { login: 'facebook', pages: ['Casa Verde'] })
  assert.equal(pending.status, 'pending')
  world.intercepts.length = 0
  assert.equal(await repeatExchanges(world.ports, world.hooks), 1)
  const connection = await world.find(pending.id)
  assert.equal(connection.status, 'active')
  assert.equal(connection.grants[0].expiry, 'never')
})

test('a token of another app is not taken', async () => {
  await using world = await testConnectWorld()
  world.intercepts.push((request) =>
    request.url.includes('/debug_token')
      ? answerJson(200, { data: { is_valid: true, app_id: '999', scopes: ['instagram_basic'] } })
      : undefined,
  )
  const landing = await world.walk((await world.session()).url, {
    login: 'facebook',
    pages: ['Casa Verde'],
  })
  assert.equal(landing.location?.searchParams.get('error'), 'connect/exchange-failed')
})

async function releaseLeases(world: TestConnectWorld): Promise<void> {
  await world.ports.db.run(sql`update grants set lease_until = null`)
}
