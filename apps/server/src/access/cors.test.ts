import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@parley/instagram/secret.ts'
import { SignJWT } from 'jose'
import { bearer, testApp } from '#testing/test-app.ts'
import { testConfig, testPorts, TEST_START_MS } from '#testing/test-ports.ts'

const SHARED = 'a-shared-secret-of-the-host-0123456789'
const tokenOf = async (tenantId: string): Promise<string> =>
  await new SignJWT({ sub: tenantId, exp: TEST_START_MS / 1000 + 60 })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(Buffer.from(SHARED))

const configured = () => {
  const { hostJwt } = testConfig()
  return testConfig({ hostJwt: { ...hostJwt, secret: new Secret(SHARED) } })
}

test('a tenant’s page may ask for a connect link: the preflight names it, never *, never cookies', async () => {
  await using ports = await testPorts({ config: configured() })
  const { call, tenant } = testApp(ports)
  await tenant('lumen', ['https://app.example/settings'])
  const preflight = await call('OPTIONS', '/v1/connect-sessions', {
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  })
  assert.equal(preflight.status, 204)
  assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://app.example')
  assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /Authorization/)
  assert.equal(preflight.headers.get('access-control-allow-methods'), 'POST')
  assert.equal(preflight.headers.get('access-control-allow-credentials'), null)
  assert.match(preflight.headers.get('vary') ?? '', /Origin/)
})

test('another origin is told nothing', async () => {
  await using ports = await testPorts({ config: configured() })
  const { call, tenant } = testApp(ports)
  await tenant('lumen', ['https://app.example/settings'])
  for (const origin of [
    'https://evil.example',
    'https://app.example.evil.example',
    'http://app.example',
    'null',
    'https://app.example/',
    '%',
  ]) {
    const preflight = await call('OPTIONS', '/v1/connections', {
      headers: { origin, 'access-control-request-method': 'GET' },
    })
    assert.equal(preflight.headers.get('access-control-allow-origin'), null, origin)
    const answer = await call('GET', '/v1/connections', { headers: { origin } })
    assert.equal(answer.headers.get('access-control-allow-origin'), null, origin)
  }
})

test('with a user JWT only that tenant’s origins count; a refusal can be read', async () => {
  await using ports = await testPorts({ config: configured() })
  const { call, tenant } = testApp(ports)
  await tenant('lumen', ['https://lumen.example/'])
  await tenant('other', ['https://other.example/'])
  const get = async (origin: string, headers: Record<string, string>) =>
    (await call('GET', '/v1/connections', { headers: { origin, ...headers } })).headers.get(
      'access-control-allow-origin',
    )
  const lumen = bearer(await tokenOf('lumen'))
  assert.equal(await get('https://lumen.example', lumen), 'https://lumen.example')
  assert.equal(await get('https://other.example', lumen), null)
  assert.equal(await get('https://other.example', bearer('wrong')), 'https://other.example')
})

test('a token in the URL is refused where the page can read it', async () => {
  await using ports = await testPorts({ config: configured() })
  const { call, tenant } = testApp(ports)
  await tenant('lumen', ['https://app.example/settings'])
  const get = async (origin: string) =>
    await call('GET', '/v1/connections?access_token=x', { headers: { origin } })
  const own = await get('https://app.example')
  assert.deepEqual([own.status, own.json.code], [400, 'auth/token-in-url'])
  assert.equal(own.headers.get('access-control-allow-origin'), 'https://app.example')
  const foreign = await get('https://evil.example')
  assert.equal(foreign.headers.get('access-control-allow-origin'), null)
})

test('PARLEY_RETURN_URL is no tenant’s: its origin may read nothing', async () => {
  const config = { ...configured(), returnUrl: 'https://return.example/done' }
  await using ports = await testPorts({ config })
  const { call, tenant } = testApp(ports)
  await tenant('lumen', ['https://app.example/settings'])
  const headers = { ...bearer(await tokenOf('lumen')), origin: 'https://return.example' }
  const answer = await call('GET', '/v1/connections', { headers })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('access-control-allow-origin'), null)
})

test('no other route is open to other origins', async () => {
  await using ports = await testPorts({ config: configured() })
  const { call, tenant, asHost } = testApp(ports)
  await tenant('lumen', ['https://app.example/settings'])
  const headers = { ...asHost, origin: 'https://app.example' }
  for (const path of [
    '/v1/tenants',
    '/v1/api-keys',
    '/v1/audit-log',
    '/v1/me',
    '/v1/conversations',
    '/healthz',
  ]) {
    const answer = await call('GET', path, { headers })
    assert.equal(answer.headers.get('access-control-allow-origin'), null, path)
  }
})
