import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '#config.ts'
import type { Config } from '#config.ts'
import { readCommandConfig } from './read-command-config.ts'
import { readEnvironment } from './read-environment.ts'

const example = fileURLToPath(new URL('../../../../.env.example', import.meta.url))

function testFolder(): Disposable & { path: string; dataDir: string } {
  const path = mkdtempSync(join(tmpdir(), 'parley-config-'))
  const remove = (): void => rmSync(path, { recursive: true })
  return { path, dataDir: join(path, 'data'), [Symbol.dispose]: remove }
}

function secretsOf(config: Config): string[] {
  return [config.secrets[0], config.webhookVerifyToken, config.apiKey].map((secret) =>
    String(secret?.reveal()),
  )
}

test('an untouched copy of .env.example is the demo, with the simulator for Meta', () => {
  using folder = testFolder()
  copyFileSync(example, join(folder.path, '.env'))
  const read = readEnvironment({ PARLEY_DATA_DIR: folder.dataDir }, folder.path)
  assert.deepEqual(read.warnings, [])
  const config = readCommandConfig(read, 'start')
  assert.equal(config.demo, true)
  assert.equal(config.host, '127.0.0.1')
  for (const url of Object.values(config.metaUrls))
    assert.match(url, /^http:\/\/127\.0\.0\.1:3001\//)
})

test('the demo meets its simulator, whichever of Meta’s hosts are set', () => {
  using folder = testFolder()
  const given = {
    PARLEY_DATA_DIR: folder.dataDir,
    INSTAGRAM_WWW_URL: 'https://www.instagram.com',
    INSTAGRAM_GRAPH_URL: 'https://graph.instagram.com',
  }
  const config = readCommandConfig(readEnvironment(given, folder.path), 'start')
  for (const url of Object.values(config.metaUrls))
    assert.match(url, /^http:\/\/127\.0\.0\.1:3001\//)
})

test('the demo’s secrets are made once, kept to their owner, and serve the commands beside it', () => {
  using folder = testFolder()
  const read = readEnvironment({ PARLEY_DATA_DIR: folder.dataDir }, folder.path)
  assert.throws(() => readCommandConfig(read, 'beside'), ConfigError)
  const first = readCommandConfig(read, 'start')
  assert.deepEqual(secretsOf(readCommandConfig(read, 'start')), secretsOf(first))
  assert.deepEqual(secretsOf(readCommandConfig(read, 'beside')), secretsOf(first))
  const file = join(folder.dataDir, 'demo-secrets.json')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  using other = testFolder()
  const elsewhere = readEnvironment({ PARLEY_DATA_DIR: other.dataDir }, other.path)
  assert.notDeepEqual(secretsOf(readCommandConfig(elsewhere, 'start')), secretsOf(first))
})

test('what is set wins over what the demo makes up', () => {
  using folder = testFolder()
  const given = {
    PARLEY_DATA_DIR: folder.dataDir,
    PARLEY_API_KEY: 'my-own-key-of-this-test',
    SIMULATOR_PORT: '4001',
  }
  const config = readCommandConfig(readEnvironment(given, folder.path), 'start')
  assert.equal(config.apiKey?.reveal(), 'my-own-key-of-this-test')
  assert.match(config.metaUrls.instagramGraph, /:4001\//)
  assert.ok(!readFileSync(join(folder.dataDir, 'demo-secrets.json'), 'utf8').includes('my-own'))
})

test('with an app id nothing is made up', () => {
  using folder = testFolder()
  const given = { PARLEY_DATA_DIR: folder.dataDir, INSTAGRAM_APP_ID: '1' }
  const read = readEnvironment(given, folder.path)
  assert.throws(() => readCommandConfig(read, 'start'), /4 settings need attention/)
  assert.throws(() => statSync(folder.dataDir))
})

test('the test clock keeps the server on this machine', () => {
  using folder = testFolder()
  const given = {
    PARLEY_SECRET: 'x'.repeat(32),
    PARLEY_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
    INSTAGRAM_WEBHOOK_VERIFY_TOKEN: 'x',
    INSTAGRAM_APP_ID: '1',
    INSTAGRAM_APP_SECRET: 'x',
  }
  const flags = { testClock: true }
  const read = readEnvironment(given, folder.path)
  assert.equal(readCommandConfig(read, 'start', flags).host, '127.0.0.1')
  const open = readEnvironment({ ...given, PARLEY_HOST: '0.0.0.0' }, folder.path)
  assert.throws(() => readCommandConfig(open, 'start', flags), /at PARLEY_HOST/)
})
