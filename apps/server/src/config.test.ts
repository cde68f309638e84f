import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { ConfigError, readConfig } from '#config.ts'
import type { Config, Environment } from '#config.ts'

const key = Buffer.alloc(32, 1).toString('base64')
const valid: Environment = {
  PARLEY_SECRET: 'a-long-enough-secret-of-32-characters',
  PARLEY_ENCRYPTION_KEYS: `k1:${key}`,
  INSTAGRAM_APP_ID: '178',
  INSTAGRAM_APP_SECRET: 'app-secret',
  INSTAGRAM_WEBHOOK_VERIFY_TOKEN: 'verify',
}

function refused(environment: Environment): string {
  try {
    readConfig(environment, false)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message
  }
  return ''
}

/** Why one setting is refused. */
const problem = (name: string, text: string): string => refused({ ...valid, [name]: text })

test('every problem is listed at once, each at its name', () => {
  const message = refused({ PORT: 'many', DATABASE_URL: 'mysql://x', PARLEY_URL: 'parley' })
  assert.match(message, /^Cannot start: 7 settings need attention\n/)
  const names = message.matchAll(/→ at (\w+)/g)
  assert.deepEqual([...names].map(([, name]) => String(name)).toSorted(), [
    'DATABASE_URL',
    'INSTAGRAM_APP_ID',
    'INSTAGRAM_WEBHOOK_VERIFY_TOKEN',
    'PARLEY_ENCRYPTION_KEYS',
    'PARLEY_SECRET',
    'PARLEY_URL',
    'PORT',
  ])
})

test('the least that starts outside the demo has sound defaults', () => {
  const config = readConfig(valid, false)
  assert.equal(config.port, 3000)
  assert.equal(config.url, 'http://localhost:3000')
  assert.equal(config.host, undefined)
  assert.equal(config.dataDir, '.parley')
  assert.equal(config.databaseUrl, undefined)
  assert.deepEqual(config.capabilities, ['messages'])
  assert.equal(config.graphVersion, 'v25.0')
  assert.equal(config.metaUrls.instagramGraph, 'https://graph.instagram.com')
  assert.equal(config.hostJwt.tenantClaim, 'sub')
  assert.equal(config.demo, false)
})

test('the demo listens on this machine only unless told otherwise', () => {
  assert.equal(readConfig(valid, true).host, '127.0.0.1')
  assert.equal(readConfig({ ...valid, PARLEY_HOST: '0.0.0.0' }, true).host, '0.0.0.0')
})

test('ports are ports', () => {
  for (const text of ['0', '65536', '-1', '3000.5', 'x'])
    assert.match(problem('PORT', text), /a port/)
  assert.equal(readConfig({ ...valid, PORT: '65535' }, false).port, 65_535)
})

test('PARLEY_URL is https, or http on this machine, without a path', () => {
  for (const text of [
    'http://parley.example',
    'http://127.evil.example',
    'https://x.example/app',
    'https://x.example?a=b',
    'https://x.example#a',
    'https://ada@x.example',
    'ftp://localhost',
    'x',
  ]) {
    assert.match(problem('PARLEY_URL', text), /at PARLEY_URL/, text)
  }
  for (const text of ['https://x.example/', 'http://localhost:9', 'http://127.0.0.1:9']) {
    assert.equal(readConfig({ ...valid, PARLEY_URL: text }, false).url, text.replace(/\/$/, ''))
  }
})

test('Meta’s hosts may carry a path, without its last slash', () => {
  const config = readConfig(
    { ...valid, INSTAGRAM_GRAPH_URL: 'http://127.0.0.1:3001/graph/' },
    false,
  )
  assert.equal(config.metaUrls.instagramGraph, 'http://127.0.0.1:3001/graph')
})

test('master keys are 32 bytes, each with a kid of its own, in the order given', () => {
  for (const text of [
    'k1',
    `k1:${key.slice(4)}`,
    `:${key}`,
    `k1:${key},k1:${key}`,
    'k1:not base64',
  ]) {
    assert.match(problem('PARLEY_ENCRYPTION_KEYS', text), /at PARLEY_ENCRYPTION_KEYS/, text)
  }
  const { encryptionKeys } = readConfig(
    { ...valid, PARLEY_ENCRYPTION_KEYS: `new:${key}, old:${key}` },
    false,
  )
  assert.deepEqual(
    encryptionKeys.map(({ kid }) => kid),
    ['new', 'old'],
  )
})

test('app secrets are lists: the first is used, all verify, under their names', () => {
  const config = readConfig(
    { ...valid, INSTAGRAM_APP_SECRET: 'new, old', FACEBOOK_APP_SECRET: 'meta' },
    false,
  )
  assert.deepEqual(
    config.signatureSecrets.map(({ name, secret }) => `${name} ${secret.reveal()}`),
    ['instagram new', 'instagram old', 'facebook meta'],
  )
  assert.equal(config.facebookApp, undefined)
})

test('an app id without its secret is refused, the Facebook secret may stand alone', () => {
  assert.match(refused({ ...valid, INSTAGRAM_APP_SECRET: '' }), /at INSTAGRAM_APP_SECRET/)
  assert.match(problem('FACEBOOK_APP_ID', '22'), /at FACEBOOK_APP_SECRET/)
  const { INSTAGRAM_APP_ID: _id, INSTAGRAM_APP_SECRET: _secret, ...rest } = valid
  assert.match(refused({ ...rest, FACEBOOK_APP_SECRET: 'x' }), /at INSTAGRAM_APP_ID/)
  const facebookOnly = { ...rest, FACEBOOK_APP_ID: '22', FACEBOOK_APP_SECRET: 'x' }
  assert.equal(readConfig(facebookOnly, false).instagramApp, undefined)
})

test('lists, booleans, zones and proxies are checked', () => {
  assert.match(problem('PARLEY_CAPABILITIES', 'messages,telepathy'), /at PARLEY_CAPABILITIES/)
  assert.match(problem('HOST_JWT_CREATES_TENANTS', 'yes'), /`true` or `false`/)
  assert.match(problem('PARLEY_TIMEZONE', 'Mars/Olympus'), /a time zone/)
  for (const range of ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '::/129'])
    assert.match(problem('PARLEY_TRUSTED_PROXIES', range), /addresses or CIDR/, range)
  assert.match(problem('PARLEY_TRUSTED_PROXIES', 'proxy'), /addresses or CIDR/)
  const config = readConfig({ ...valid, PARLEY_TRUSTED_PROXIES: '10.0.0.0/8, ::1' }, false)
  assert.deepEqual(config.trustedProxies, ['10.0.0.0/8', '::1'])
  for (const target of ['10.0.0.5', 'https://10.0.0.5:80', '10.0.0.5:0x50', 'a:b@c:80', ':80']) {
    assert.match(problem('HOST_PRIVATE_TARGETS', target), /host:port/, target)
  }
  const targets = 'Hooks.internal:8080, 127.0.0.1:80,[::1]:8443'
  const { hostPrivateTargets } = readConfig({ ...valid, HOST_PRIVATE_TARGETS: targets }, false)
  assert.deepEqual(hostPrivateTargets, ['hooks.internal:8080', '127.0.0.1:80', '[::1]:8443'])
})

test('a secret that can be guessed is refused: one character short of its least, and taken at it', () => {
  const least = { PARLEY_SECRET: 16, PARLEY_API_KEY: 16, HOST_JWT_SECRET: 32 }
  for (const [name, length] of Object.entries(least)) {
    const expected = new RegExp(`at least ${length} characters[^]*→ at ${name}`)
    assert.match(problem(name, 'x'.repeat(length - 1)), expected)
    assert.equal(problem(name, 'x'.repeat(length)), '')
  }
})

test('public keys come over https, or from this machine', () => {
  assert.match(problem('HOST_JWKS_URL', 'http://keys.example/jwks.json'), /an https:\/\/ URL/)
  assert.match(problem('HOST_JWKS_URL', 'keys'), /at HOST_JWKS_URL/)
  for (const url of ['https://keys.example/jwks.json', 'http://127.0.0.1:9/jwks.json'])
    assert.equal(problem('HOST_JWKS_URL', url), '')
})

test('PARLEY_RETURN_URL is what a tenant’s list would take, its last slash included', () => {
  for (const url of ['http://app.example/', 'https://a@app.example/', 'https://*.example/', 'x']) {
    assert.match(problem('PARLEY_RETURN_URL', url), /at PARLEY_RETURN_URL/, url)
  }
  assert.match(problem('PARLEY_RETURN_URL', 'https://app.example/#done'), /at PARLEY_RETURN_URL/)
  const kept = (url: string) => readConfig({ ...valid, PARLEY_RETURN_URL: url }, false).returnUrl
  assert.equal(kept('https://App.example/done/'), 'https://app.example/done/')
  assert.equal(kept('http://localhost:4000/done'), 'http://localhost:4000/done')
})

test('no secret is in the printed configuration, nor in a refusal', () => {
  const secrets = {
    PARLEY_API_KEY: 'canary-key-of-the-host',
    HOST_JWT_SECRET: `canary-${'x'.repeat(32)}`,
  }
  const config: Config = readConfig({ ...valid, ...secrets }, false)
  const printed = `${inspect(config, { depth: 9 })}${JSON.stringify(config)}`
  assert.ok(!/canary|app-secret|verify"/.test(printed))
  assert.ok(!problem('PARLEY_ENCRYPTION_KEYS', 'canary').includes('canary'))
  assert.ok(!problem('DATABASE_URL', 'mysql://u:canary@h/d').includes('canary'))
})
