import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import { createGraphClient } from '@parley/instagram/graph-client.ts'
import type { HttpRequest, HttpStreamPort } from '@parley/instagram/http-port.ts'
import { sql } from '#ports/database.ts'
import { testApp } from '#testing/test-app.ts'
import { answerJson, testConnectWorld } from '#testing/test-connect.ts'
import type { TestConnectWorld } from '#testing/test-connect.ts'
import { refusingHttp } from '#testing/test-ports.ts'
import { useGrant } from './use-grant.ts'

const UNKNOWN = '01a1f8d3-ea00-7709-ae9e-000000000000'
const PAGE = { login: 'facebook' }
const PAGE_CHOICE = { account: 'casa.verde', pages: ['134895793791901'] }

/** A connection, its token for comparison, and a way to call through the proxy. */
async function stage(world: TestConnectWorld, request = {}, choice = {}) {
  const connection = await world.connected(request, choice)
  const place = { tenantId: 'clinic', connectionId: connection.id }
  const grant = await useGrant(world.ports, place, 'test')
  const headers = await world.key(['graph'], 'clinic')
  const before = world.seen.length
  const call = async (
    method: string,
    path: string,
    options: { body?: unknown; raw?: string; headers?: Record<string, string> } = {},
  ) =>
    await world.call(method, `/v1/connections/${connection.id}/graph/${path}`, {
      ...options,
      headers: { ...headers, ...options.headers },
    })
  return {
    id: connection.id as string,
    place,
    token: grant.token.reveal(),
    call,
    asked: (): HttpRequest[] => world.seen.slice(before),
    lines: async () => (await world.audit()).filter(({ action }) => action.startsWith('graph.')),
  }
}

test('a call goes to the connection’s host with its token in the header, and Meta’s answer comes back', async () => {
  await using world = await testConnectWorld()
  const { call, asked, token } = await stage(world)
  const { status, json, headers } = await call('GET', 'me?fields=user_id,username')
  assert.equal(status, 200)
  assert.deepEqual(json, {
    id: '28978671838402973',
    user_id: '17841400000000101',
    username: 'lumen.chiro',
  })
  assert.equal(headers.get('facebook-api-version'), 'v25.0')
  const [request] = asked()
  const url = new URL(request?.url ?? '')
  assert.equal(url.pathname, '/graph.instagram.com/v25.0/me')
  assert.equal(url.search, '?fields=user_id%2Cusername')
  assert.deepEqual(request?.headers, {
    accept: 'application/json',
    authorization: `Bearer ${token}`,
  })

  await call('GET', 'v24.0/me')
  assert.equal(new URL(asked()[1]?.url ?? '').pathname, '/graph.instagram.com/v24.0/me')
})

test('on Facebook the page’s token acts, and every call is signed', async () => {
  await using world = await testConnectWorld()
  await world.control('/switches', { requireProof: true })
  const { call, asked, token } = await stage(world, PAGE, PAGE_CHOICE)
  const { status, json } = await call('GET', '134895793791901?fields=id,name')
  assert.deepEqual([status, json.name], [200, 'Casa Verde'])
  const url = new URL(asked()[0]?.url ?? '')
  assert.equal(url.pathname, '/graph.facebook.com/v25.0/134895793791901')
  assert.match(url.searchParams.get('appsecret_proof') ?? '', /^[0-9a-f]{64}$/)
  assert.equal(asked()[0]?.headers['authorization'], `Bearer ${token}`)
})

test('the next page’s address leads back to the proxy without the token, and is the next page', async () => {
  await using world = await testConnectWorld()
  const { call, token } = await stage(world)
  const first = await call('GET', 'me/media?fields=id&limit=10')
  const next = new URL(first.json.paging.next)
  assert.match(
    next.href,
    /^http:\/\/localhost:3000\/v1\/connections\/[^/]+\/graph\/v25\.0\/me\/media\?/,
  )
  assert.equal(next.searchParams.get('access_token'), null)
  assert.ok(!first.text.includes(token))
  const second = await call('GET', `${next.pathname.split('/graph/')[1]}${next.search}`)
  assert.equal(second.json.data.length, 10)
  assert.notEqual(second.json.data[0].id, first.json.data[0].id)
})

test('tokens inside an answer are withheld, and big numbers keep their last digit', async () => {
  await using world = await testConnectWorld()
  const { call, token } = await stage(world)
  world.intercepts.push(({ url }) =>
    url.includes('/odd')
      ? {
          status: 200,
          headers: {},
          body: Buffer.from(
            `{"id":17841400000000101,"access_token":"EAAother","deep":[{"page_access_token":"EAAmore","n":1.5}],"said":"it is ${token}!","u":"https:\\/\\/elsewhere.example\\/a?access\\u005ftoken=${token}&b=1","${token}":null}`,
          ),
        }
      : undefined,
  )
  const { text } = await call('GET', 'odd')
  assert.equal(
    text,
    '{"id":17841400000000101,"access_token":"[withheld]","deep":[{"page_access_token":"[withheld]","n":1.5}],"said":"it is [withheld]!","u":"https://elsewhere.example/a?b=1","[withheld]":null}',
  )
  assert.ok(!JSON.stringify(await world.audit()).includes(token))
})

test('no header of the caller reaches Meta, and no header of Meta’s the caller, but those that are meant to', async () => {
  await using world = await testConnectWorld()
  const { call, asked } = await stage(world)
  world.intercepts.push(({ url }) =>
    url.includes('/headers')
      ? {
          ...answerJson(200, {}),
          headers: {
            'set-cookie': 'a=b',
            'www-authenticate': 'OAuth "Facebook Platform"',
            location: 'https://evil.example/',
            'transfer-encoding': 'chunked',
            'content-encoding': 'gzip',
            'access-control-allow-origin': '*',
            'content-type': 'text/html',
            'x-app-usage': '{"call_count":3}',
            'x-fb-trace-id': 'AbC',
          },
        }
      : undefined,
  )
  const { headers } = await call('POST', 'headers', {
    body: { a: 1 },
    headers: {
      cookie: 'parley.session_token=secret',
      'x-forwarded-for': '10.0.0.1',
      'x-request-id': 'a-request-of-the-host',
      'accept-encoding': 'br',
      te: 'trailers',
      'x-hub-signature-256': 'sha256=1',
      origin: 'http://localhost:3000',
      'content-type': 'application/json; charset=utf-16',
    },
  })
  const names = Object.keys(asked()[0]?.headers ?? {}).toSorted()
  assert.deepEqual(names, ['accept', 'authorization', 'content-type'])
  assert.equal(asked()[0]?.headers['content-type'], 'application/json')
  for (const name of [
    'set-cookie',
    'www-authenticate',
    'location',
    'transfer-encoding',
    'content-encoding',
    'access-control-allow-origin',
  ]) {
    assert.equal(headers.get(name), null, name)
  }
  assert.equal(headers.get('content-type'), 'application/json; charset=UTF-8')
  assert.deepEqual(
    [headers.get('x-app-usage'), headers.get('x-fb-trace-id')],
    ['{"call_count":3}', 'AbC'],
  )
  assert.equal(headers.get('x-request-id'), 'a-request-of-the-host')
  assert.equal(headers.get('cache-control'), 'no-store')
})

/** What a path could try, as it stands in the request line. */
const ESCAPES = [
  'https://evil.example/me',
  '//evil.example/me',
  '/me',
  'me//media',
  'me/',
  'v25.0',
  'v25.0/',
  'me/%2e%2e/oauth',
  'me%2f..%2foauth',
  '%2e%2e%2fx',
  '..%2foauth',
  'me%5c..%5cx',
  'me%252f..%252fx',
  'me%3faccess_token=x',
  'me%23x',
  '@evil.example',
  'evil.example:80/me',
  'me%0d%0aHost:%20evil.example',
  'me;x=1',
  'oauth/access_token',
  'OAuth/access_token',
  '%6fauth/access_token',
  'v25.0/oauth/access_token',
  'access_token',
  'refresh_access_token',
  'refresh%5Faccess%5Ftoken',
  'oauth/access_token_info',
  'debug_token',
  '134895793791901/system_user_access_tokens',
  '%ff',
  '%E0%A4%A',
  "me'",
  'me|x',
]

test('a path outside Graph’s objects is refused by its code: Meta hears nothing, one audit line each, no path in it', async () => {
  await using world = await testConnectWorld()
  const { call, asked, lines } = await stage(world)
  for (const [count, path] of ESCAPES.entries()) {
    const { status, json } = await call('GET', path)
    assert.deepEqual([status, json?.code], [422, 'graph/path-not-allowed'], path)
    assert.equal((await lines()).length, count + 1, path)
  }
  assert.deepEqual(asked(), [])
  const [line] = await lines()
  assert.deepEqual(line?.detail, { method: 'GET', code: 'graph/path-not-allowed' })
  const budgets = await world.ports.db.many(sql`select 1 from call_budgets`)
  assert.deepEqual(budgets, [])
})

test('over a real socket, dots, backslashes and absolute targets lead nowhere either', async () => {
  await using world = await testConnectWorld()
  const { id, asked } = await stage(world)
  await using server = await listen(world.app.fetch)
  const { port } = server
  const base = `/v1/connections/${id}/graph`
  for (const target of [
    `${base}/../graph/me`,
    `${base}/me/../../graph/me`,
    `${base}/./me`,
    `${base}/%2e%2e/graph/me`,
    `${base}/me\\..\\me`,
    `http://evil.example${base}/me`,
    `/v1/connections/${id}/gr%61ph/me`,
    base,
    `${base}/`,
    '*',
  ]) {
    const status = await rawGet(port, target, world.asHost.authorization)
    assert.ok([400, 404, 422].includes(status), `${target} ${status}`)
  }
  assert.deepEqual(asked(), [])
  assert.equal(await rawGet(port, `${base}/me`, world.asHost.authorization), 200)
})

/** The app on a socket of its own. */
async function listen(fetch: Parameters<typeof getRequestListener>[0]) {
  const listener = getRequestListener(fetch)
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function rawGet(port: number, target: string, authorization: string): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  socket.write(
    `GET ${target} HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`,
  )
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])
}

test('a token of the caller’s own is refused wherever it is put, and so is one that is asked for', async () => {
  await using world = await testConnectWorld()
  const { call, asked, lines } = await stage(world)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  for (const query of [
    'appsecret_proof=1',
    'appsecret_time=1',
    'AppSecret_Proof=1',
    'access_token[]=x',
    'access.token[0]=x',
    'callback=steal',
    'batch=[]',
    'method=delete',
    'fields=id,access_token',
    'fields=accounts{access_token.as(name)}',
  ]) {
    const { status, json } = await call('GET', `me?${query}`)
    assert.deepEqual([status, json.code], [422, 'graph/parameter-not-allowed'], query)
  }
  const inUrl = await call('GET', 'me?access_token=x')
  assert.deepEqual([inUrl.status, inUrl.json.code], [400, 'auth/token-in-url'])
  for (const sent of [
    { body: { access_token: 'x' } },
    { body: { deep: [{ appsecret_proof: 'x' }] } },
    { body: { batch: [] } },
    { raw: 'message=a&access%5Ftoken=x', headers: form },
    { raw: 'fields=access_token', headers: form },
  ]) {
    const { status, json } = await call('POST', 'me/x', sent)
    assert.deepEqual([status, json.code], [422, 'graph/parameter-not-allowed'])
  }
  assert.deepEqual(asked(), [])
  assert.equal((await lines()).length, 15)
  // A position in a list is no token, and what stands inside a content is no parameter.
  assert.equal((await call('POST', 'me/x', { body: { a: { method: 'x' } } })).json.error.code, 2500)
  assert.equal((await call('GET', 'me?fields=id&__paging_token=x')).status, 200)
})

test('a body that cannot be searched is not forwarded', async () => {
  await using world = await testConnectWorld()
  const { call, asked } = await stage(world)
  for (const [raw, type, expected] of [
    ['{', 'application/json', 'http/invalid-json'],
    ['a=b', 'text/plain', 'http/unsupported-media-type'],
    ['--x', 'multipart/form-data; boundary=x', 'http/unsupported-media-type'],
    ['x'.repeat(1024 * 1024 + 1), 'application/x-www-form-urlencoded', 'http/too-large'],
    [`${'[{"a":'.repeat(60)}1${'}]'.repeat(60)}`, 'application/json', 'http/invalid-json'],
  ] as const) {
    const { json } = await call('POST', 'me/x', { raw, headers: { 'content-type': type } })
    assert.equal(json.code, expected)
  }
  assert.deepEqual(asked(), [])
})

test('a writing call reaches Meta as it was sent and leaves one audit line', async () => {
  await using world = await testConnectWorld()
  const { call, asked, lines } = await stage(world)
  const raw = 'subscribed_fields=messages%2Cmessaging_seen'
  const { status, json } = await call('POST', 'v25.0/me/subscribed_apps', {
    raw,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  assert.deepEqual([status, json], [200, { success: true }])
  assert.equal(Buffer.from(asked()[0]?.body ?? '').toString(), raw)
  await call('DELETE', 'me/subscribed_apps')
  assert.deepEqual(
    (await lines()).map(({ action, detail }) => [action, detail]),
    [
      ['graph.called', { method: 'POST', path: '/me/subscribed_apps' }],
      ['graph.called', { method: 'DELETE', path: '/me/subscribed_apps' }],
    ],
  )
})

test('Meta’s refusal passes with its status and body, and a dead token is noticed', async () => {
  await using world = await testConnectWorld()
  const { call, id } = await stage(world)
  const wrong = await call('GET', 'me?fields=nonsense')
  assert.deepEqual([wrong.status, wrong.json.error.code], [400, 100])
  assert.equal((await world.find(id)).status, 'active')

  await world.control('/tokens/revoke', { account: 'lumen.chiro', subcode: 460 })
  const dead = await call('GET', 'me')
  assert.deepEqual(
    [dead.status, dead.json.error.code, dead.json.error.error_subcode],
    [400, 190, 460],
  )
  const connection = await world.find(id)
  assert.deepEqual([connection.status, connection.reason], ['needs_reauth', 'password_changed'])
  const refused = await call('GET', 'me')
  assert.deepEqual([refused.status, refused.json.code], [409, 'tokens/needs-reauth'])
})

test('a missing permission of some other feature does not touch the connection', async () => {
  await using world = await testConnectWorld()
  const { call, id } = await stage(world)
  await world.control('/faults', { path: '/me', error: { code: 10, httpStatus: 403 } })
  assert.equal((await call('GET', 'me')).status, 403)
  assert.deepEqual((await world.find(id)).capabilities.messages, { state: 'on' })
})

test('pages, redirects, silence and endless answers are refused by name', async () => {
  await using world = await testConnectWorld()
  const { call, asked } = await stage(world)
  const torn = Buffer.from('{"data":[1,2')
  world.intercepts.push(({ url }) => {
    if (url.includes('/moved')) {
      return { ...answerJson(302, {}), headers: { location: 'https://evil.example/' } }
    }
    return url.includes('/torn') ? { status: 200, headers: {}, body: torn } : undefined
  })
  for (const [fault, path, method, code] of [
    ['html', 'me', 'GET', 'graph/answer-unreadable'],
    [undefined, 'moved', 'GET', 'graph/answer-unreadable'],
    [undefined, 'torn', 'GET', 'graph/answer-unreadable'],
    ['empty-500', 'me', 'GET', 'graph/answer-unreadable'],
    ['drop-after', 'me', 'GET', 'tokens/unavailable'],
    ['drop-after', 'me/subscribed_apps', 'DELETE', 'graph/outcome-unknown'],
  ] as const) {
    if (fault !== undefined) await world.control('/faults', { path: `/${path}`, error: fault })
    const { json } = await call(method, path)
    assert.equal(json.code, code, `${fault} ${path}`)
  }
  assert.ok(asked().every(({ url }) => !url.includes('evil')))
})

test('a full meter at Meta closes the connection’s budget until Meta lets go', async () => {
  await using world = await testConnectWorld()
  const { call, place, asked } = await stage(world)
  await world.control('/faults', { path: '/me', error: { code: 80002, httpStatus: 400 } })
  const throttled = await call('GET', 'me')
  assert.deepEqual([throttled.status, throttled.json.error.code], [400, 80002])
  const refused = await call('GET', 'me')
  assert.deepEqual([refused.status, refused.json.code], [429, 'graph/budget-exhausted'])
  const waitSeconds = Number(refused.headers.get('retry-after'))
  assert.ok(waitSeconds > 50 && waitSeconds <= 60, `${waitSeconds}`)
  assert.equal(asked().length, 1)

  await world.ports.db.run(
    sql`update call_budgets set blocked_until = now() where connection_id = ${place.connectionId}`,
  )
  assert.equal((await call('GET', 'me')).status, 200)
  const meters = await world.ports.db.one<{ blocks: number; used_percent: number }>(
    sql`select blocks, used_percent from call_budgets`,
  )
  assert.equal(meters.blocks, 0)
  assert.ok(meters.used_percent < 80)
})

test('a nearly full meter slows a connection down, and another connection not at all', async () => {
  await using world = await testConnectWorld()
  const { call, place } = await stage(world)
  await world.control('/switches', { usagePercent: 85 })
  assert.equal((await call('GET', 'me')).status, 200)
  await world.ports.db.run(
    sql`update call_budgets set tokens = 0, refill_at = now() where connection_id = ${place.connectionId}`,
  )
  const { status, headers } = await call('GET', 'me')
  assert.equal(status, 429)
  const waitSeconds = Number(headers.get('retry-after'))
  assert.ok(waitSeconds > 1 && waitSeconds <= 5, `${waitSeconds}`)
  const other = await world.connected({}, { account: 'casa.verde' })
  const free = await world.call('GET', `/v1/connections/${other.id}/graph/me`, {
    headers: world.asHost,
  })
  assert.equal(free.status, 200)
})

test('one connection’s calls stop at its budget, however many ask at once', async () => {
  await using world = await testConnectWorld()
  const { call } = await stage(world)
  world.intercepts.push(({ url }) => (url.includes('/fast') ? answerJson(200, {}) : undefined))
  const beganMs = performance.now()
  const answers = await Promise.all(
    Array.from({ length: 180 }, async () => await call('GET', 'fast')),
  )
  const refilled = Math.ceil((performance.now() - beganMs) / 200)
  const granted = answers.filter(({ status }) => status === 200).length
  assert.ok(granted >= 100 && granted <= 100 + refilled, `${granted} with ${refilled} refilled`)
  assert.ok(answers.every(({ status }) => status === 200 || status === 429))
})

test('a send beside the inbox takes from the account’s send limit, however its path is spelt', async () => {
  await using world = await testConnectWorld()
  const { call, place, asked } = await stage(world)
  const body = { recipient: { id: '1' }, message: { text: 'hi' } }
  for (const path of ['me/messages', 'v25.0/me/%6dessages']) {
    await world.ports.db.run(sql`
      insert into send_budgets (connection_id, refill_at, tokens)
      values (${place.connectionId}, now() + interval '1 hour', 0)
      on conflict (connection_id) do update set refill_at = excluded.refill_at, tokens = 0`)
    const { status, json } = await call('POST', path, { body })
    assert.deepEqual([status, json.code], [429, 'graph/budget-exhausted'], path)
  }
  assert.deepEqual(asked(), [])
})

test('who may not is told so, and another tenant’s connection is as unknown as none', async () => {
  await using world = await testConnectWorld()
  const { id, asked, lines } = await stage(world)
  const path = (of: string): string => `/v1/connections/${of}/graph/me`
  assert.equal((await world.call('GET', path(id))).status, 401)
  for (const headers of [
    await world.key(['connections:read', 'access-token']),
    await world.operator(),
    await world.asTenant(),
  ]) {
    assert.equal((await world.call('GET', path(id), { headers })).json.code, 'auth/scope-missing')
  }
  const headers = { ...(await world.key(['graph'], 'shop')), 'x-request-id': 'the-same-request' }
  const others = await world.call('GET', path(id), { headers })
  assert.equal(others.status, 404)
  assert.equal(others.text, (await world.call('GET', path(UNKNOWN), { headers })).text)
  assert.equal(
    (await world.call('GET', `/v1/connections/${id}/graph/oauth`, { headers })).status,
    404,
  )
  assert.deepEqual(asked(), [])
  assert.deepEqual(await lines(), [])
})

test('the same call again is a call again', async () => {
  await using world = await testConnectWorld()
  const { call, asked } = await stage(world)
  await call('GET', 'me')
  await call('GET', 'me')
  assert.equal(asked().length, 2)
  const headers = { 'idempotency-key': 'once' }
  const once = await call('POST', 'me/subscribed_apps?subscribed_fields=messages', { headers })
  const again = await call('POST', 'me/subscribed_apps?subscribed_fields=messages', { headers })
  assert.deepEqual([once.status, again.status, again.json], [200, 200, once.json])
  assert.equal(asked().length, 3)
})

test('a message whose fate is unknown is not sent again under its key; one that Meta refused is', async () => {
  await using world = await testConnectWorld()
  const { call, asked } = await stage(world)
  const body = { recipient: { id: '1' }, message: { text: 'hi' } }
  const post = async (key: string) => {
    const headers = { 'idempotency-key': key }
    const { status, json } = await call('POST', 'me/messages', { body, headers })
    return [status, json.code ?? json.error?.code]
  }
  const unknown = [502, 'graph/outcome-unknown']
  for (const [n, [error, expected]] of (
    [
      ['drop-after', unknown],
      ['html', [502, 'graph/answer-unreadable']],
    ] as const
  ).entries()) {
    await world.control('/faults', { path: '/me/messages', error })
    assert.deepEqual(await post(error), expected)
    assert.deepEqual(await post(error), expected, 'the same answer again')
    assert.equal(asked().length, n + 1, 'asked once')
  }

  const refused = { code: 2, httpStatus: 500 }
  for (const count of [3, 4]) {
    await world.control('/faults', { path: '/me/messages', error: refused })
    assert.deepEqual(await post('refused'), [500, 2])
    assert.equal(asked().length, count)
  }

  // The process died while Meta had the call.
  await world.ports.db.run(sql`update idempotent_answers set status = null, sealed_answer = null`)
  assert.deepEqual(await post('drop-after'), [409, 'http/idempotency-busy'])
  world.ports.clock.advance(60_000)
  assert.deepEqual(await post('drop-after'), unknown)
  assert.equal(asked().length, 4)
})

/** A list of this many rows, in a graph.instagram.com of its own that says when it was left. */
function longAnswer(rows: number, token: string) {
  const state = { sent: 0, isLeft: false }
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield Buffer.from('{"data":[')
      for (; state.sent < rows; state.sent += 1) {
        const comma = state.sent === 0 ? '' : ','
        yield Buffer.from(`${comma}{"n":${state.sent},"t":"é ${token} ${'x'.repeat(1000)}"}`)
      }
      yield Buffer.from(`],"paging":{"next":"http://meta.test/v25.0/me?access_token=${token}"}}`)
    } finally {
      state.isLeft = true
    }
  }
  const stream: HttpStreamPort = async () => ({ status: 200, headers: {}, body: pieces() })
  return { state, stream }
}

test('a long answer is handed on as it comes, searched all the same, and ends when its reader leaves', async () => {
  await using world = await testConnectWorld()
  const { id, token } = await stage(world)
  const { metaUrls, graphVersion } = world.ports.config
  const urls = { ...metaUrls, instagramGraph: 'http://meta.test' }
  const config = { ...world.ports.config, metaUrls: urls }
  const serve = async (rows: number) => {
    const { state, stream } = longAnswer(rows, token)
    const graph = createGraphClient({ urls, version: graphVersion, http: refusingHttp, stream })
    const { app } = testApp({ ...world.ports, graph, config })
    const response = await app.request(`/v1/connections/${id}/graph/me`, { headers: world.asHost })
    assert.equal(response.status, 200)
    assert.ok(response.body)
    return { state, response, reader: response.body.getReader() }
  }

  const whole = await serve(300)
  assert.ok(whole.state.sent < 100, 'the answer begins before Meta has sent all of it')
  let text = ''
  const decoder = new TextDecoder()
  for (let next = await whole.reader.read(); !next.done; next = await whole.reader.read()) {
    text += decoder.decode(next.value, { stream: true })
  }
  const { data, paging } = JSON.parse(text)
  assert.equal(data.length, 300)
  assert.equal(data[299].t.slice(0, 13), 'é [withheld] ')
  assert.equal(paging.next, `http://localhost:3000/v1/connections/${id}/graph/v25.0/me`)
  assert.ok(!text.includes(token))

  const left = await serve(1_000_000)
  await left.reader.read()
  await left.reader.cancel()
  assert.equal(left.state.isLeft, true)
  assert.ok(left.state.sent < 1000)
})

test('a long answer to a call with a key goes out as it comes too; it is not kept, and the call not made again', async () => {
  await using world = await testConnectWorld()
  const { id, token } = await stage(world)
  const { metaUrls, graphVersion } = world.ports.config
  const urls = { ...metaUrls, instagramGraph: 'http://meta.test' }
  const config = { ...world.ports.config, metaUrls: urls }
  const { state, stream } = longAnswer(300, token)
  let calls = 0
  const graph = createGraphClient({
    urls,
    version: graphVersion,
    http: refusingHttp,
    stream: async (request) => {
      calls += 1
      return await stream(request)
    },
  })
  const { app } = testApp({ ...world.ports, graph, config })
  const headers = { ...world.asHost, 'idempotency-key': 'long' }
  const post = async () =>
    await app.request(`/v1/connections/${id}/graph/me/x`, { method: 'POST', headers })
  const first = await post()
  assert.equal(first.status, 200)
  assert.ok(state.sent < 100, 'the answer begins before Meta has sent all of it')
  assert.equal(JSON.parse(await first.text()).data.length, 300)
  assert.equal((await post()).status, 409)
  world.ports.clock.advance(60_000)
  const later = await post()
  assert.deepEqual(
    [later.status, JSON.parse(await later.text()).code],
    [502, 'graph/outcome-unknown'],
  )
  assert.equal(calls, 1)
})

test('a long answer that turns out to be no JSON breaks off before a token is out', async () => {
  await using world = await testConnectWorld()
  const { call, token, id } = await stage(world)
  const start = `{"data":[${'1,'.repeat(40_000)}`
  world.intercepts.push(({ url }) => {
    if (url.includes('/torn'))
      return { status: 200, headers: {}, body: Buffer.from(`${start}${token}]}`) }
    if (url.includes('/page')) {
      return { status: 200, headers: {}, body: Buffer.from(`<html>${'x'.repeat(100_000)}`) }
    }
    if (url.includes('/wrong'))
      return { status: 500, headers: {}, body: Buffer.from(`${start}1]}`) }
    return undefined
  })
  await assert.rejects(call('GET', 'torn'))
  await using server = await listen(world.app.fetch)
  const url = `http://127.0.0.1:${server.port}/v1/connections/${id}/graph/torn`
  const torn = await fetch(url, { headers: world.asHost })
  assert.equal(torn.status, 200)
  await assert.rejects(torn.text(), 'the connection ends, so that nobody takes it for whole')
  for (const path of ['page', 'wrong']) {
    assert.equal((await call('GET', path)).json.code, 'graph/answer-unreadable')
  }
})
