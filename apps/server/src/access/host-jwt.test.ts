import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Secret } from '@parley/instagram/secret.ts'
import { Hono } from 'hono'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey, JWTPayload } from 'jose'
import { createApp } from '#app.ts'
import type { Config } from '#config.ts'
import type { AppEnv } from '#http/app-env.ts'
import { requireCaller } from '#http/caller.ts'
import { bearer, testApp } from '#testing/test-app.ts'
import { testConfig, testPorts, TEST_START_MS } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'

const SHARED = 'a-shared-secret-of-the-host-0123456789'
const nowSeconds = TEST_START_MS / 1000

const hostJwt = (over: Partial<Config['hostJwt']> = {}): Config => {
  const config = testConfig()
  return testConfig({ hostJwt: { ...config.hostJwt, ...over } })
}

/** A route for user JWTs and one that is none, beside the real app. */
function withProbe(ports: TestPorts) {
  const app = createApp(ports)
  const probe = new Hono<AppEnv>()
  probe.get('/v1/probe', (c) => {
    const caller = requireCaller(c, { scope: 'connect', jwt: true })
    return c.json(caller)
  })
  app.route('/', probe)
  return async (token: string, path = '/v1/probe') => {
    const response = await app.request(path, { headers: bearer(token) })
    // Tests say what they expect of it.
    const json = (await response.json()) as {
      code?: string
      tenantId?: string
      createsTenant?: boolean
      actor?: string
    }
    return { status: response.status, ...json }
  }
}

const sign = async (
  payload: JWTPayload,
  alg = 'HS256',
  key: CryptoKey | Uint8Array = Buffer.from(SHARED),
  kid?: string,
): Promise<string> =>
  await new SignJWT(payload)
    .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
    .sign(key)

test('a shared-secret JWT is its tenant, on routes for user JWTs only', async () => {
  await using ports = await testPorts({ config: hostJwt({ secret: new Secret(SHARED) }) })
  const { tenant } = testApp(ports)
  await tenant('lumen')
  const probe = withProbe(ports)
  const token = await sign({ sub: 'lumen', exp: nowSeconds + 60 })
  const answer = await probe(token)
  assert.deepEqual([answer.status, answer.tenantId, answer.actor], [200, 'lumen', 'jwt:lumen'])
  const elsewhere = await probe(token, '/v1/tenants')
  assert.deepEqual([elsewhere.status, elsewhere.code], [403, 'auth/scope-missing'])
})

test('expiry is required and holds to the second', async () => {
  await using ports = await testPorts({ config: hostJwt({ secret: new Secret(SHARED) }) })
  await testApp(ports).tenant('lumen')
  const probe = withProbe(ports)
  assert.equal((await probe(await sign({ sub: 'lumen' }))).status, 401)
  const token = await sign({ sub: 'lumen', exp: nowSeconds + 10 })
  ports.clock.advance(9_999)
  assert.equal((await probe(token)).status, 200)
  ports.clock.advance(1)
  assert.deepEqual((await probe(token)).code, 'auth/invalid-key')
})

test('audience and issuer count when they are set', async () => {
  const config = hostJwt({
    secret: new Secret(SHARED),
    audience: 'parley',
    issuer: 'https://host.example',
  })
  await using ports = await testPorts({ config })
  await testApp(ports).tenant('lumen')
  const probe = withProbe(ports)
  const good = { sub: 'lumen', exp: nowSeconds + 60, aud: 'parley', iss: 'https://host.example' }
  assert.equal((await probe(await sign(good))).status, 200)
  for (const wrong of [
    { aud: 'other' },
    { iss: 'https://evil.example' },
    { aud: undefined },
    { iss: undefined },
  ]) {
    assert.equal((await probe(await sign({ ...good, ...wrong } as JWTPayload))).status, 401)
  }
})

test('no claim is 401, an unknown tenant 403, or made at the first connect when so configured', async () => {
  const secret = new Secret(SHARED)
  await using ports = await testPorts({ config: hostJwt({ secret, tenantClaim: 'workspace' }) })
  const probe = withProbe(ports)
  const exp = nowSeconds + 60
  assert.equal((await probe(await sign({ sub: 'u1', exp }))).status, 401)
  assert.equal((await probe(await sign({ sub: 'u1', workspace: 7, exp }))).status, 401)
  assert.equal((await probe(await sign({ sub: 'u1', workspace: 'a b', exp }))).status, 401)
  const unknown = await probe(await sign({ sub: 'u1', workspace: 'lumen', exp }))
  assert.deepEqual([unknown.status, unknown.code], [403, 'tenants/unknown'])

  const config = hostJwt({ secret, tenantClaim: 'workspace', createsTenants: true })
  const made = await withProbe({ ...ports, config })(
    await sign({ sub: 'u1', workspace: 'lumen', exp }),
  )
  assert.deepEqual([made.status, made.createsTenant, made.actor], [200, true, 'jwt:u1'])
})

test('forged, unsigned and confused tokens are refused', async () => {
  const rs = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(rs.publicKey)), kid: 'k1', alg: 'RS256' }
  await using keys = await serveJwks(() => ({ keys: [jwk] }))
  // Only a key set: no shared secret may count, least of all the public key itself.
  await using ports = await testPorts({ config: hostJwt({ jwksUrl: keys.url }) })
  await testApp(ports).tenant('lumen')
  const probe = withProbe(ports)
  const payload = { sub: 'lumen', exp: nowSeconds + 60 }
  const good = await sign(payload, 'RS256', rs.privateKey, 'k1')
  assert.equal((await probe(good)).status, 200)

  const pem = Buffer.from(await exportSPKI(rs.publicKey))
  const encode = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  const stranger = await generateKeyPair('RS256')
  const [head, body, signature] = good.split('.')
  for (const [name, token] of Object.entries({
    'HS256 with the public key': await sign(payload, 'HS256', pem, 'k1'),
    'HS256 with the JWK text': await sign(payload, 'HS256', Buffer.from(JSON.stringify(jwk)), 'k1'),
    none: `${encode({ alg: 'none' })}.${encode(payload)}.`,
    'None, spelt otherwise': `${encode({ alg: 'None' })}.${encode(payload)}.`,
    'another key under this kid': await sign(payload, 'RS256', stranger.privateKey, 'k1'),
    'a kid nobody has': await sign(payload, 'RS256', rs.privateKey, 'k2'),
    'another payload': `${head}.${encode({ ...payload, sub: 'theirs' })}.${signature}`,
    'no signature': `${head}.${body}.`,
    'an algorithm that is not offered': await sign(
      payload,
      'PS256',
      (await generateKeyPair('PS256')).privateKey,
      'k1',
    ),
    'no JSON in its header': `${Buffer.from('x').toString('base64url')}.${body}.${signature}`,
    'a key of its own in the header': `${encode({ alg: 'RS256', jwk })}.${body}.${signature}`,
  })) {
    const answer = await probe(token)
    assert.deepEqual([answer.status, answer.code], [401, 'auth/invalid-key'], name)
  }
})

test('ES256 and EdDSA count too; with both ways configured neither key serves the other', async () => {
  const es = await generateKeyPair('ES256')
  const ed = await generateKeyPair('EdDSA')
  const jwks = [
    { ...(await exportJWK(es.publicKey)), kid: 'es', alg: 'ES256' },
    { ...(await exportJWK(ed.publicKey)), kid: 'ed', alg: 'EdDSA' },
  ]
  await using keys = await serveJwks(() => ({ keys: jwks }))
  const config = hostJwt({ jwksUrl: keys.url, secret: new Secret(SHARED) })
  await using ports = await testPorts({ config })
  await testApp(ports).tenant('lumen')
  const probe = withProbe(ports)
  const payload = { sub: 'lumen', exp: nowSeconds + 60 }
  assert.equal((await probe(await sign(payload, 'ES256', es.privateKey, 'es'))).status, 200)
  assert.equal((await probe(await sign(payload, 'EdDSA', ed.privateKey, 'ed'))).status, 200)
  assert.equal((await probe(await sign(payload))).status, 200)
  assert.equal((await probe(await sign(payload, 'HS384'))).status, 401)
})

test('keys that cannot be fetched are 503, not a refusal of the token', async () => {
  const rs = await generateKeyPair('RS256')
  const token = await sign({ sub: 'lumen', exp: nowSeconds + 60 }, 'RS256', rs.privateKey, 'k1')
  await using broken = await serveJwks(() => undefined)
  for (const jwksUrl of [broken.url, 'http://127.0.0.1:9/keys']) {
    await using ports = await testPorts({ config: hostJwt({ jwksUrl }) })
    const answer = await withProbe(ports)(token)
    assert.deepEqual([answer.status, answer.code], [503, 'auth/jwks-unavailable'])
  }
})

async function serveJwks(
  answer: () => object | undefined,
): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((_, response) => {
    const keys = answer()
    response.writeHead(keys === undefined ? 500 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(keys ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Listening on TCP, so it is an AddressInfo.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/keys`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('one Idempotency-Key of two tenants’ users with the same subject, or the same beginning of it, meets nobody else’s answer', async () => {
  const secret = new Secret(SHARED)
  await using ports = await testPorts({ config: hostJwt({ secret, tenantClaim: 'org' }) })
  const { call, tenant } = testApp(ports)
  await tenant('lumen', ['https://lumen.example/'])
  await tenant('shop', ['https://shop.example/'])
  const long = 'u'.repeat(200)
  const post = async (org: string, sub: string) => {
    const token = await sign({ sub, org, exp: nowSeconds + 60 })
    return await call('POST', '/v1/connect-sessions', {
      body: {},
      headers: { ...bearer(token), 'idempotency-key': 'the-same' },
    })
  }
  const answers = [
    await post('lumen', 'u1'),
    await post('shop', 'u1'),
    await post('lumen', `${long}1`),
    await post('lumen', `${long}2`),
  ]
  assert.deepEqual(
    answers.map(({ status, headers }) => [status, headers.get('idempotent-replayed')]),
    [201, 201, 201, 201].map((status) => [status, null]),
  )
  assert.equal(new Set(answers.map(({ json }) => json.id)).size, 4)
  assert.equal((await post('shop', 'u1')).headers.get('idempotent-replayed'), 'true')
})
