import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { CASA, connectPage, facebookUserToken } from '#testing/connect.ts'
import {
  FACEBOOK_APP,
  FACEBOOK_SCOPES,
  REDIRECT,
  at,
  refusalOf,
  startTestSimulator,
} from '#testing/test-simulator.ts'
import type { TestSimulator } from '#testing/test-simulator.ts'

const HOUR_MS = 3_600_000
const FIELDS = 'id,name,access_token,tasks,instagram_business_account{id,username}'
const dialog = {
  client_id: FACEBOOK_APP.id,
  redirect_uri: REDIRECT,
  state: 's',
  scope: FACEBOOK_SCOPES,
}
const APP_TOKEN = `${FACEBOOK_APP.id}|${FACEBOOK_APP.secret}`

const inspect = async (sim: TestSimulator, token: string) =>
  (await sim.facebook('GET', `/v25.0/debug_token?input_token=${token}&access_token=${APP_TOKEN}`))
    .json

const pagesOf = (json: unknown) => {
  const data = at(json, 'data')
  return Array.isArray(data) ? data.map((page: unknown) => at(page, 'name')) : []
}

test('Cancel of the dialog says Permissions error.', async () => {
  await using sim = await startTestSimulator()
  const back = await sim.consent(dialog, { allow: false })
  assert.equal(back.searchParams.get('error_description'), 'Permissions error.')
  assert.equal(back.searchParams.get('state'), 's')
})

test('pages come a few at a time; the last one only on the second page', async () => {
  await using sim = await startTestSimulator()
  const token = await facebookUserToken(sim)
  const first = await sim.facebook('GET', `/v25.0/me/accounts?fields=${FIELDS}&limit=100`, token)
  assert.deepEqual(pagesOf(first.json), [
    'Casa Verde',
    'Jardim da Rosa',
    'Feira de Sábado',
    'Rosa cooks',
  ])
  const next = await sim.request('GET', String(at(first.json, 'paging', 'next')))
  assert.deepEqual(pagesOf(next.json), ['Studio Nia', 'Old workshop (closed)'])
  assert.equal(at(next.json, 'paging', 'next'), undefined)
})

test('a page without an Instagram account has no such field, and one lacks MESSAGING', async () => {
  await using sim = await startTestSimulator()
  const token = await facebookUserToken(sim)
  const { json } = await sim.facebook('GET', `/v25.0/me/accounts?fields=${FIELDS}`, token)
  assert.deepEqual(at(json, 'data', 0, 'instagram_business_account'), {
    id: CASA.id,
    username: CASA.key,
  })
  assert.equal(at(json, 'data', 1, 'instagram_business_account'), undefined)
  assert.ok(!JSON.stringify(at(json, 'data', 2, 'tasks')).includes('MESSAGING'))
})

test('pages that were not ticked are not listed', async () => {
  await using sim = await startTestSimulator()
  const token = await facebookUserToken(sim, { decision: { pages: ['Studio Nia'] } })
  const { json } = await sim.facebook('GET', '/v25.0/me/accounts?fields=name', token)
  assert.deepEqual(pagesOf(json), ['Studio Nia'])
})

test('a page token from a long-lived user token never expires, from a short one it dies with it', async () => {
  await using sim = await startTestSimulator()
  for (const isLong of [true, false]) {
    const user = await facebookUserToken(sim, { isLong })
    const { json } = await sim.facebook('GET', `/v25.0/${CASA.pageId}?fields=access_token`, user)
    const page = String(at(json, 'access_token'))
    const inspected = await inspect(sim, page)
    assert.equal(at(inspected, 'data', 'expires_at') === 0, isLong)
    assert.equal(at(inspected, 'data', 'type'), 'PAGE')
    await sim.control('POST', '/clock', { advanceMs: 2 * HOUR_MS })
    assert.equal(at(await inspect(sim, page), 'data', 'is_valid'), isLong)
    await sim.control('POST', '/clock', { reset: true })
  }
})

test('a code of the dialog works once and only for its address', async () => {
  await using sim = await startTestSimulator()
  const code = (await sim.consent(dialog)).searchParams.get('code') ?? ''
  const app = { client_id: FACEBOOK_APP.id, client_secret: FACEBOOK_APP.secret, code }
  const exchange = (redirect: string) =>
    sim.facebook(
      'GET',
      `/v25.0/oauth/access_token?${new URLSearchParams({ ...app, redirect_uri: redirect }).toString()}`,
    )
  assert.equal(refusalOf(await exchange(`${REDIRECT}/`)), '100/36008')
  assert.equal((await exchange(REDIRECT)).status, 200)
  assert.equal(refusalOf(await exchange(REDIRECT)), '100/36009')
})

test('permissions list what was declined; removing the app kills every token', async () => {
  await using sim = await startTestSimulator()
  const user = await facebookUserToken(sim, { decision: { declined: ['pages_read_engagement'] } })
  const { json } = await sim.facebook('GET', '/v25.0/me/permissions?status=declined', user)
  assert.deepEqual(at(json, 'data'), [{ permission: 'pages_read_engagement', status: 'declined' }])
  const { json: page } = await sim.facebook(
    'GET',
    `/v25.0/${CASA.pageId}?fields=access_token`,
    user,
  )
  assert.deepEqual((await sim.facebook('DELETE', '/v25.0/me/permissions', user)).json, {
    success: true,
  })
  const dead = await sim.facebook('GET', '/v25.0/me', String(at(page, 'access_token')))
  assert.equal(refusalOf(dead), '190/458')
})

test('a configuration grants everything or nothing', async () => {
  await using sim = await startTestSimulator()
  const query = { client_id: FACEBOOK_APP.id, redirect_uri: REDIRECT, state: 's', config_id: '777' }
  await sim.consent(query, { declined: ['email', 'instagram_basic'] })
  const state = await sim.control('GET', '/state')
  assert.deepEqual(at(state, 'accounts', 1, 'logins', 'facebook', 'scopes'), [])
  await sim.consent(query)
  const whole = at(
    await sim.control('GET', '/state'),
    'accounts',
    1,
    'logins',
    'facebook',
    'scopes',
  )
  assert.ok(Array.isArray(whole) && whole.includes('instagram_manage_messages'))
})

test('a proof is checked when sent, and demanded when required', async () => {
  await using sim = await startTestSimulator()
  const token = await connectPage(sim)
  const proofOf = (message: string) =>
    createHmac('sha256', FACEBOOK_APP.secret).update(message).digest('hex')
  const me = (query: string) => sim.facebook('GET', `/v25.0/me?${query}`, token)
  assert.equal(refusalOf(await me(`appsecret_proof=${proofOf('other')}`)), '100')
  await sim.control('POST', '/switches', { requireProof: true })
  assert.equal(refusalOf(await me('')), '100')
  assert.equal((await me(`appsecret_proof=${proofOf(token)}`)).status, 200)
  const now = Math.floor(Date.now() / 1000)
  const timed = (time: number) =>
    me(`appsecret_proof=${proofOf(`${token}|${time}`)}&appsecret_time=${time}`)
  assert.equal((await timed(now)).status, 200)
  assert.equal(refusalOf(await timed(now - 400)), '100')
})

test('an Instagram token means nothing on graph.facebook.com', async () => {
  await using sim = await startTestSimulator()
  assert.equal(refusalOf(await sim.facebook('GET', '/v25.0/me', 'IGAAsomething')), '190')
  assert.equal(at(await inspect(sim, 'IGAAsomething'), 'data', 'is_valid'), false)
})
