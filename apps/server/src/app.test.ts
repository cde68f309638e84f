import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorsOf, routeGroups } from '@parley/contract/routes.ts'
import { createApp } from '#app.ts'
import { openDatabase } from '#ports/database.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'

/** Mounted and not published: files and pages a person reaches from a published route. */
const UNPUBLISHED = [/^GET \/assets\/pages\.css$/, /^(GET|POST) \/connect\//, /^POST \/oauth\//]

test('what is mounted is what is published, and the other way round', async () => {
  await using ports = await testPorts()
  const mounted = new Set(
    createApp(ports)
      .routes.filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`)
      .filter((route) => !UNPUBLISHED.some((pattern) => pattern.test(route))),
  )
  const published = new Set(
    routeGroups.flatMap(({ routes }) => routes.map(({ method, path }) => `${method} ${path}`)),
  )
  assert.ok(mounted.size > 10)
  assert.deepEqual(
    [...mounted].filter((route) => !published.has(route)),
    [],
    'not published',
  )
  assert.deepEqual(
    [...published].filter((route) => !mounted.has(route)),
    [],
    'not mounted',
  )
})

test('every published route refuses who is not allowed, before anything else', async () => {
  await using ports = await testPorts()
  const { call, key } = testApp(ports)
  const headers = await key([])
  let asked = 0
  for (const { method, path, access } of routeGroups.flatMap(({ routes }) => routes)) {
    if (access.kind !== 'scope' && access.kind !== 'operator') continue
    asked += 1
    const address = path.replaceAll(/\{\w+\}/g, '01a1f8d3-ea00-7709-ae9e-000000000000')
    const anonymous = await call(method, address)
    assert.deepEqual([anonymous.status, anonymous.json.code], [401, 'auth/required'], path)
    const scopeless = await call(method, address, { headers })
    assert.equal(scopeless.status, access.kind === 'scope' ? 403 : 401, path)
  }
  assert.ok(asked > 25)
})

test('what is refused before a route is asked is published with it', async () => {
  await using ports = await testPorts()
  const { call, asHost, key } = testApp(ports)
  const scopeless = await key([])
  let asked = 0
  for (const route of routeGroups.flatMap(({ routes }) => routes)) {
    if (route.access.kind !== 'scope' && route.access.kind !== 'operator') continue
    const address = route.path.replaceAll(/\{\w+\}/g, '01a1f8d3-ea00-7709-ae9e-000000000000')
    for (const [suffix, headers] of [
      ['', {}],
      ['', { authorization: 'Bearer wrong' }],
      ['', scopeless],
      ['?access_token=x', asHost],
      ['?x=%00', asHost],
      ['', { ...scopeless, 'idempotency-key': 'a b' }],
    ] as const) {
      const { json } = await call(route.method, `${address}${suffix}`, { headers })
      asked += 1
      assert.ok(
        errorsOf(route).includes(json.code),
        `${json.code} of ${route.method} ${route.path}`,
      )
    }
  }
  assert.ok(asked > 150)
})

test('the published scope of a route is the one that opens it', async () => {
  await using ports = await testPorts()
  const { call, key } = testApp(ports)
  const keys = new Map<string, Record<string, string>>()
  let asked = 0
  for (const { method, path, access } of routeGroups.flatMap(({ routes }) => routes)) {
    // A stream has no end to wait for.
    if (access.kind !== 'scope' || path === '/v1/stream') continue
    asked += 1
    const headers = keys.get(access.scope) ?? (await key([access.scope]))
    keys.set(access.scope, headers)
    const address = path.replaceAll(/\{\w+\}/g, '01a1f8d3-ea00-7709-ae9e-000000000000')
    const answer = await call(method, address, { headers })
    assert.ok(![401, 403, 500, 503].includes(answer.status), `${method} ${path} ${answer.text}`)
  }
  assert.ok(asked > 20)
})

test('every answer carries a request id: the caller’s when well formed, else a new one', async () => {
  await using ports = await testPorts()
  const { call } = testApp(ports)
  for (const path of ['/healthz', '/v1/tenants', '/nowhere', '/docs', '/webhooks/instagram']) {
    const own = await call('GET', path, { headers: { 'x-request-id': 'from-the-host.1' } })
    assert.equal(own.headers.get('x-request-id'), 'from-the-host.1', path)
    const bad = await call('GET', path, { headers: { 'x-request-id': 'short' } })
    assert.match(bad.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/, path)
  }
  const refused = await call('GET', '/v1/tenants', {
    headers: { 'x-request-id': 'from-the-host.1' },
  })
  assert.equal(refused.json.requestId, 'from-the-host.1')
})

test('a wrong method is told the right ones; a path nobody has is 404', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  const wrong = await call('POST', '/v1/tenants/x', { headers: asHost })
  assert.deepEqual([wrong.status, wrong.json.code], [405, 'http/method-not-allowed'])
  assert.equal(wrong.headers.get('allow'), 'GET, HEAD, DELETE, PUT')
  const nowhere = await call('GET', '/v1/nothing/here', { headers: asHost })
  assert.deepEqual([nowhere.status, nowhere.json.code], [404, 'http/not-found'])
})

test('a person who opens a missing page sees a page, a program a problem', async () => {
  await using ports = await testPorts()
  const { call } = testApp(ports)
  const page = await call('GET', '/docs/nothing', { headers: { accept: 'text/html' } })
  assert.equal(page.status, 404)
  assert.match(page.headers.get('content-type') ?? '', /text\/html/)
  const problem = await call('GET', '/docs/nothing', { headers: { accept: 'application/json' } })
  assert.equal(problem.headers.get('content-type'), 'application/problem+json')
})

test('answers are not kept, not framed, not sniffed, and tell no other site where they were', async () => {
  await using ports = await testPorts()
  const { call } = testApp(ports)
  for (const path of ['/v1/tenants', '/docs', '/nowhere']) {
    const { headers } = await call('GET', path)
    assert.equal(headers.get('cache-control'), 'no-store', path)
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path)
  }
})

test('U+0000 in a path or query is bad input', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  for (const [path, field] of [
    ['/v1/tenants/a%00b', 'path'],
    ['/v1/audit-log?limit=1&actor=%00', 'actor'],
  ] as const) {
    const answer = await call('GET', path, { headers: asHost })
    assert.deepEqual([answer.status, answer.json.code], [400, 'http/invalid-fields'])
    assert.equal(answer.json.fields[0].path, field)
  }
})

test('without the database a request is told to come back, and learns nothing', async () => {
  await using ports = await testPorts()
  const away = openDatabase({
    url: 'postgres://parley@127.0.0.1:9/parley',
    connectionsMax: 1,
    onError: () => undefined,
  })
  const { call, asHost } = testApp({ ...ports, db: { ...away, url: '' } })
  const { cookie } = await testApp(ports).operator()
  const body = { email: 'ada@example.com', password: 'correct horse battery' }
  for (const answer of [
    await call('GET', '/v1/tenants', { headers: asHost }),
    await call('GET', '/v1/me', { headers: { cookie } }),
    await call('POST', '/auth/sign-in/email', { body }),
  ]) {
    assert.deepEqual([answer.status, answer.json.code], [503, 'http/unavailable'])
    assert.ok(Number(answer.headers.get('retry-after')) > 0)
    assert.doesNotMatch(answer.text, /127\.0\.0\.1|ECONN|postgres/i)
  }
})

test('who connects sees a page whatever breaks: the database away, a bug, a limit, in any browser', async () => {
  await using ports = await testPorts()
  const url = 'postgres://parley@127.0.0.1:9/parley'
  const away = openDatabase({ url, connectionsMax: 1, onError: () => undefined })
  const bug = async (): Promise<never> => {
    throw new Error('the text of a person')
  }
  const broken = { ...away, maybe: bug, many: bug }
  const state = 'A'.repeat(43)
  for (const [db, status, code] of [
    [away, 503, 'http/unavailable'],
    [broken, 500, 'http/internal'],
  ] as const) {
    const { call } = testApp({ ...ports, db: { ...db, url } })
    for (const [method, path] of [
      ['GET', `/connect/${state}`],
      ['POST', `/connect/${state}`],
      ['GET', `/oauth/instagram/callback?code=AQabc&state=${state}`],
    ] as const) {
      const headers = { accept: '*/*', 'sec-fetch-site': 'same-origin' }
      const answer = await call(method, path, { headers })
      assert.equal(answer.status, status, `${method} ${path} ${answer.text}`)
      assert.match(answer.headers.get('content-type') ?? '', /text\/html/)
      assert.ok(answer.text.includes(code))
      assert.doesNotMatch(answer.text, /127\.0\.0\.1|ECONN|person/)
    }
  }
})
