import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { bearer, testApp } from '#testing/test-app.ts'
import { testConfig, testPorts } from '#testing/test-ports.ts'
import { Secret } from '@parley/instagram/secret.ts'

const request = { name: 'CI', scopes: ['operate', 'messages:read'] }

test('a key works from the moment it is made, and its secret is shown once', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  const made = await call('POST', '/v1/api-keys', { body: request, headers: asHost })
  assert.equal(made.status, 201)
  assert.match(made.json.secret, /^parley_[\w-]{43}$/)
  const list = await call('GET', '/v1/api-keys', { headers: bearer(made.json.secret) })
  assert.equal(list.status, 200)
  assert.equal(list.json.data[0].id, made.json.id)
  assert.doesNotMatch(list.text, new RegExp(made.json.secret))
  assert.ok(list.json.data[0].lastUsedAt)
  const stored = await ports.db.many(sql`select to_jsonb(k) as k from api_keys k`)
  assert.doesNotMatch(JSON.stringify(stored), new RegExp(made.json.secret))
})

test('a revoked key is refused at once, and revoking again changes nothing', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  const made = await call('POST', '/v1/api-keys', { body: request, headers: asHost })
  const path = `/v1/api-keys/${made.json.id}`
  const first = await call('DELETE', path, { headers: asHost })
  assert.equal(first.status, 200)
  const after = await call('GET', '/v1/api-keys', { headers: bearer(made.json.secret) })
  assert.deepEqual([after.status, after.json.code], [401, 'auth/invalid-key'])
  ports.clock.advance(1000)
  const second = await call('DELETE', path, { headers: asHost })
  assert.equal(second.json.revokedAt, first.json.revokedAt)
  const lines = await ports.db.many(sql`select 1 from audit_log where action = 'api_key.revoked'`)
  assert.equal(lines.length, 1)
})

test('not signed in, malformed and unknown', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  assert.equal((await call('POST', '/v1/api-keys', { body: request })).status, 401)
  const wrong = await call('POST', '/v1/api-keys', {
    body: { name: 'x', scopes: ['everything'] },
    headers: asHost,
  })
  assert.deepEqual([wrong.status, wrong.json.fields[0].path], [400, 'scopes.0'])
  for (const id of ['nothing', '00000000-0000-7000-8000-000000000000']) {
    const unknown = await call('DELETE', `/v1/api-keys/${id}`, { headers: asHost })
    assert.deepEqual([unknown.status, unknown.json.code], [404, 'auth/key-not-found'])
  }
})

test('a key never makes one that may do more, or elsewhere', async () => {
  await using ports = await testPorts()
  const { call, key, tenant } = testApp(ports)
  await tenant('mine')
  await tenant('theirs')
  const make = async (headers: Record<string, string>, body: object) =>
    (await call('POST', '/v1/api-keys', { body: { name: 'x', ...body }, headers })).status
  const narrow = await key(['operate'])
  assert.equal(await make(narrow, { scopes: ['access-token'] }), 403)
  assert.equal(await make(narrow, { scopes: ['operate'] }), 201)
  const bound = await key(['operate'], 'mine')
  assert.equal(await make(bound, { scopes: ['operate'] }), 403)
  assert.equal(await make(bound, { scopes: ['operate'], tenantId: 'theirs' }), 404)
  assert.equal(await make(bound, { scopes: ['operate'], tenantId: 'mine' }), 201)
})

test('of operators only owners make keys that reach tokens', async () => {
  await using ports = await testPorts()
  const { call, operator } = testApp(ports)
  const make = async (role: 'owner' | 'admin', scope: string): Promise<number> => {
    const body = { name: 'erp', scopes: [scope] }
    const headers = await operator(role)
    return (await call('POST', '/v1/api-keys', { headers, body })).status
  }
  for (const scope of ['access-token', 'graph']) {
    assert.equal(await make('admin', scope), 403)
    assert.equal(await make('owner', scope), 201)
  }
  assert.equal(await make('admin', 'messages:read'), 201)
})

test('a key bound to a tenant neither sees nor revokes keys of others', async () => {
  await using ports = await testPorts()
  const { call, asHost, key, tenant } = testApp(ports)
  await tenant('mine')
  const other = await call('POST', '/v1/api-keys', { body: request, headers: asHost })
  const headers = await key(['operate'], 'mine')
  const list = await call('GET', '/v1/api-keys', { headers })
  assert.equal(list.json.data.length, 1)
  const revoked = await call('DELETE', `/v1/api-keys/${other.json.id}`, { headers })
  assert.equal(revoked.status, 404)
})

test('keys survive a rotation of PARLEY_SECRET', async () => {
  await using ports = await testPorts()
  const headers = await testApp(ports).key(['operate'])
  const rotated = {
    ...ports,
    config: testConfig({
      secrets: [new Secret('another-secret-0123456789-0123456789'), ...ports.config.secrets],
    }),
  }
  assert.equal((await testApp(rotated).call('GET', '/v1/api-keys', { headers })).status, 200)
  const dropped = {
    ...ports,
    config: testConfig({ secrets: [new Secret('another-secret-0123456789-0123456789')] }),
  }
  assert.equal((await testApp(dropped).call('GET', '/v1/api-keys', { headers })).status, 401)
})

test('credentials of the wrong shape are refused, also beside a good cookie', async () => {
  await using ports = await testPorts()
  const { call, operator } = testApp(ports)
  const { cookie } = await operator()
  for (const authorization of [
    '',
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    'Bearer a b',
    'Bearer x',
    `Bearer ${'x'.repeat(9000)}`,
  ]) {
    const answer = await call('GET', '/v1/tenants', { headers: { authorization, cookie } })
    assert.equal(answer.status, 401, authorization)
  }
})

test('a token in a URL is refused whoever sends it, and never logged', async () => {
  const lines: unknown[] = []
  const note = (fields: object, message: string) => void lines.push(fields, message)
  await using ports = await testPorts({ log: { debug: note, info: note, warn: note, error: note } })
  const { call, asHost } = testApp(ports)
  for (const query of [
    'access_token=canary',
    'API_KEY=canary',
    'token=canary',
    'x=eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOjF9.abc',
    'pageToken=canary',
    'client_secret=canary',
    `x=parley_canary${'x'.repeat(37)}`,
  ]) {
    const answer = await call('GET', `/v1/tenants?${query}`, { headers: asHost })
    assert.deepEqual([answer.status, answer.json.code], [400, 'auth/token-in-url'], query)
    assert.doesNotMatch(answer.text, /canary/)
  }
  assert.doesNotMatch(JSON.stringify(lines), /canary|eyJ/)
})
