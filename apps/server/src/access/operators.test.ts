import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@parley/instagram/secret.ts'
import { createSignInLink, SIGN_IN_LINK_LIFE_MS } from './create-sign-in-link.ts'
import { forgetExpired } from './forget-expired.ts'
import { hasOperators } from './has-operators.ts'
import { sql } from '#ports/database.ts'
import { testApp } from '#testing/test-app.ts'
import { testConfig, testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'

const password = 'correct horse battery'
const person = { name: 'Ada', email: 'Ada@Example.com', password }

const newLink = async (ports: TestPorts, tenantId: string | null = null): Promise<string> => {
  const url = await createSignInLink(ports, { role: 'owner', tenantId })
  return url.slice(url.lastIndexOf('/') + 1)
}
const cookieOf = (headers: Headers): string =>
  headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')

test('a link makes an operator who is signed in at once', async () => {
  await using ports = await testPorts()
  const { call, tenant } = testApp(ports)
  await tenant('lumen')
  assert.equal(await hasOperators(ports), false)
  const url = await createSignInLink(ports, { role: 'owner', tenantId: null })
  assert.match(url, /^http:\/\/localhost:3000\/welcome\/[\w-]{43}$/)
  const link = url.slice(url.lastIndexOf('/') + 1)
  const welcome = await call('POST', '/v1/welcome', { body: { link, ...person } })
  assert.equal(welcome.status, 201)
  assert.deepEqual([welcome.json.operator.email, welcome.json.role], ['ada@example.com', 'owner'])
  assert.equal(await hasOperators(ports), true)
  const me = await call('GET', '/v1/me', { headers: { cookie: cookieOf(welcome.headers) } })
  assert.deepEqual(me.json, {
    operator: welcome.json.operator,
    role: 'owner',
    allTenants: true,
    tenants: [{ id: 'lumen', name: 'lumen' }],
    logins: ['instagram', 'facebook'],
    demo: false,
    simulatorUrl: null,
  })
})

test('a link works once, for a day, and only whole', async () => {
  await using ports = await testPorts()
  const { call } = testApp(ports)
  const welcome = async (link: string, email: string) =>
    await call('POST', '/v1/welcome', { body: { link, ...person, email } })

  const raced = await newLink(ports)
  const answers = await Promise.all(
    Array.from({ length: 5 }, async (_, n) => await welcome(raced, `racer${n}@example.com`)),
  )
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [201, 410, 410, 410, 410],
  )
  assert.equal((await ports.db.many(sql`select 1 from auth."user"`)).length, 1)

  const late = await newLink(ports)
  const early = await newLink(ports)
  ports.clock.advance(SIGN_IN_LINK_LIFE_MS - 1)
  assert.equal((await welcome(early, 'early@example.com')).status, 201)
  ports.clock.advance(1)
  assert.equal((await welcome(late, 'late@example.com')).json.code, 'auth/sign-in-link-invalid')
  assert.equal((await welcome('guessed', 'x@example.com')).status, 410)
})

test('bad input leaves the link usable', async () => {
  await using ports = await testPorts()
  const { call } = testApp(ports)
  const link = await newLink(ports)
  const short = await call('POST', '/v1/welcome', {
    body: { link, ...person, password: '123456789' },
  })
  assert.deepEqual([short.status, short.json.fields[0].path], [400, 'password'])
  const good = await call('POST', '/v1/welcome', {
    body: { link, ...person, password: '1234567890' },
  })
  assert.equal(good.status, 201)
})

test('a link never takes over an operator: their own password adds the membership', async () => {
  await using ports = await testPorts()
  const { call, tenant } = testApp(ports)
  await tenant('lumen')
  await tenant('other')
  const first = await newLink(ports, 'lumen')
  assert.equal(
    (await call('POST', '/v1/welcome', { body: { link: first, ...person } })).status,
    201,
  )

  const link = await newLink(ports, 'other')
  const thief = await call('POST', '/v1/welcome', {
    body: { link, ...person, password: 'another password' },
  })
  assert.deepEqual([thief.status, thief.json.code], [409, 'auth/email-taken'])
  assert.equal(thief.headers.getSetCookie().length, 0)
  const owner = await call('POST', '/v1/welcome', { body: { link, ...person } })
  assert.equal(owner.status, 201)
  const me = await call('GET', '/v1/me', { headers: { cookie: cookieOf(owner.headers) } })
  assert.deepEqual(
    me.json.tenants.map(({ id }: { id: string }) => id),
    ['lumen', 'other'],
  )
})

test('signing in sets a cookie for this browser, signing out takes it back', async () => {
  await using ports = await testPorts()
  const { call, operator } = testApp(ports)
  await operator('owner', null, 'ada@example.com')
  const signedIn = await call('POST', '/auth/sign-in/email', {
    body: { email: 'ADA@example.com', password },
  })
  assert.equal(signedIn.status, 200)
  const [set = ''] = signedIn.headers.getSetCookie()
  assert.match(set, /^parley\.session_token=/)
  for (const flag of ['HttpOnly', 'SameSite=Lax', 'Path=/']) assert.ok(set.includes(flag), flag)
  assert.doesNotMatch(set, /Secure|Domain/)

  const cookie = cookieOf(signedIn.headers)
  assert.equal((await call('GET', '/v1/me', { headers: { cookie } })).status, 200)
  const out = await call('POST', '/auth/sign-out', {
    headers: { cookie, origin: 'http://localhost:3000' },
  })
  assert.equal(out.status, 200)
  assert.ok(out.headers.getSetCookie().some((one) => one.startsWith('parley.session_token=;')))
  assert.equal((await call('GET', '/v1/me', { headers: { cookie } })).status, 401)
})

test('on https the cookie is secure', async () => {
  await using ports = await testPorts({ config: testConfig({ url: 'https://parley.example' }) })
  const { call, operator } = testApp(ports)
  await operator('owner', null, 'ada@example.com')
  const signedIn = await call('POST', '/auth/sign-in/email', {
    body: { email: 'ada@example.com', password },
  })
  const [set = ''] = signedIn.headers.getSetCookie()
  assert.match(set, /^__Secure-parley\.session_token=.*; Secure/)
  assert.match(signedIn.headers.get('strict-transport-security') ?? '', /max-age=/)
  const me = await call('GET', '/v1/me', { headers: { cookie: cookieOf(signedIn.headers) } })
  assert.equal(me.status, 200)
})

test('wrong password and unknown address are one answer; a flood is slowed down', async () => {
  await using ports = await testPorts()
  const { call, operator } = testApp(ports)
  await operator('owner', null, 'ada@example.com')
  const attempt = async (email: string) =>
    await call('POST', '/auth/sign-in/email', { body: { email, password: 'wrong' } })
  const wrong = await attempt('ada@example.com')
  const unknown = await attempt('nobody@example.com')
  assert.equal(wrong.json.code, 'auth/sign-in-failed')
  assert.deepEqual({ ...wrong.json, requestId: '' }, { ...unknown.json, requestId: '' })
  const flood = await Promise.all(
    Array.from({ length: 30 }, async () => await attempt('x@y.example')),
  )
  const refused = flood.filter(({ status }) => status === 429)
  assert.ok(refused.length > 0)
  assert.ok(Number(refused[0]?.headers.get('retry-after')) > 0)
  assert.match(refused[0]?.headers.get('ratelimit') ?? '', /"sign-in";r=0;t=\d+/)
})

test('nobody signs up by themselves, and nothing else of better-auth is reachable', async () => {
  await using ports = await testPorts()
  const { call } = testApp(ports)
  for (const path of [
    '/auth/sign-up/email',
    '/auth/request-password-reset',
    '/auth/update-user',
    '/auth/ok',
  ]) {
    assert.equal((await call('POST', path, { body: person })).status, 404, path)
  }
})

test('a session changes nothing for another site', async () => {
  await using ports = await testPorts()
  const { call, operator } = testApp(ports)
  const { cookie } = await operator()
  const put = async (headers: Record<string, string>) =>
    await call('PUT', '/v1/tenants/t', { body: { name: 'T' }, headers: { cookie, ...headers } })
  for (const headers of [
    {},
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:3000.evil.example' },
    { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:3000' },
    { 'sec-fetch-site': 'same-site' },
  ]) {
    const answer = await put(headers)
    assert.deepEqual([answer.status, answer.json.code], [403, 'auth/origin-not-allowed'])
  }
  assert.equal((await put({ origin: 'http://localhost:3000' })).status, 201)
  assert.equal((await put({ 'sec-fetch-site': 'same-origin' })).status, 200)
})

test('another site cannot sign somebody in or out', async () => {
  await using ports = await testPorts()
  const { call, operator } = testApp(ports)
  const { cookie } = await operator('owner', null, 'ada@example.com')
  const headers = { origin: 'https://evil.example' }
  const body = { email: 'ada@example.com', password }
  assert.equal((await call('POST', '/auth/sign-in/email', { body, headers })).status, 403)
  assert.equal(
    (await call('POST', '/auth/sign-out', { headers: { ...headers, cookie } })).status,
    403,
  )
  assert.equal((await call('GET', '/v1/me', { headers: { cookie } })).status, 200)
})

test('an operator sees their tenants only, with the weakest of their roles', async () => {
  await using ports = await testPorts()
  const { call, operator, tenant } = testApp(ports)
  await tenant('mine')
  await tenant('theirs')
  const headers = await operator('owner', 'mine', 'ada@example.com')
  assert.deepEqual((await call('GET', '/v1/me', { headers })).json.tenants, [
    { id: 'mine', name: 'mine' },
  ])
  assert.equal((await call('GET', '/v1/tenants/mine', { headers })).status, 200)
  assert.equal((await call('GET', '/v1/tenants/theirs', { headers })).status, 404)
  await operator('agent', 'theirs', 'ada@example.com')
  assert.equal((await call('GET', '/v1/me', { headers })).json.role, 'agent')
  assert.equal((await call('GET', '/v1/tenants/mine', { headers })).status, 403)
})

test('a session outlives a rotation of PARLEY_SECRET, and not the end of the old secret', async () => {
  await using ports = await testPorts()
  const { cookie } = await testApp(ports).operator()
  const fresh = new Secret('another-secret-0123456789-0123456789')
  const both = testConfig({ secrets: [fresh, ...ports.config.secrets] })
  assert.equal(
    (await testApp({ ...ports, config: both }).call('GET', '/v1/me', { headers: { cookie } }))
      .status,
    200,
  )
  const one = testConfig({ secrets: [fresh] })
  assert.equal(
    (await testApp({ ...ports, config: one }).call('GET', '/v1/me', { headers: { cookie } }))
      .status,
    401,
  )
})

test('made-up cookies are nobody', async () => {
  await using ports = await testPorts()
  const { call, operator } = testApp(ports)
  const { cookie } = await operator()
  const [name, value = ''] = cookie.split('=', 2)
  for (const forged of [
    `${name}=x`,
    `${name}=${value.slice(0, -6)}AAAA%3D`,
    `${name}=%E0%A4%A`,
    `${name}=`,
  ]) {
    assert.equal((await call('GET', '/v1/me', { headers: { cookie: forged } })).status, 401, forged)
  }
})

test('expired sessions and old links are removed, live ones stay', async () => {
  await using ports = await testPorts()
  ports.clock.set(Date.now())
  const { call, operator } = testApp(ports)
  const headers = await operator()
  const day = 24 * 60 * 60 * 1000
  assert.deepEqual(await forgetExpired(ports), { answers: 0, links: 0, sessions: 0 })
  ports.clock.advance(8 * day)
  assert.equal((await forgetExpired(ports)).sessions, 1)
  assert.equal((await call('GET', '/v1/me', { headers })).status, 401)
  ports.clock.advance(24 * day)
  assert.equal((await forgetExpired(ports)).links, 1)
})
