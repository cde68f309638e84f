import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Secret } from '@parley/instagram/secret.ts'
import { openAwsKms } from './aws-kms.ts'
import { UnsealError } from './cipher.ts'
import { isPassingFailure } from './database-failure.ts'
import { sql } from './database.ts'
import { KeyServiceError } from './remote-key.ts'
import type { MasterKey } from './master-keys.ts'
import { WrongKeyError } from './master-keys.ts'
import { systemRandom } from './random.ts'
import { openVault } from './vault.ts'
import { migrate } from './migrations.ts'
import { explainFailure } from '#cli/explain-failure.ts'
import { readConfig } from '#config.ts'
import { checkConnections } from '#connections/check-connections.ts'
import { rewrapKeys } from '#keys/rewrap-keys.ts'
import { rotateKeys } from '#keys/rotate-keys.ts'
import { KMS_ACCESS_KEY_ID, KMS_SECRET_ACCESS_KEY, startKmsStandIn } from '#testing/kms-stand-in.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import { testDatabase } from '#testing/test-database.ts'
import { testApp } from '#testing/test-app.ts'
import { testApps, testConfig, testPorts } from '#testing/test-ports.ts'

const MINUTE_MS = 60_000
const place = { table: 'messages', row: 'm', column: 'sealed' }
const local = testConfig().encryptionKeys[0]

function keyOf(url: string, keyId: string, secret = KMS_SECRET_ACCESS_KEY): MasterKey {
  const service = openAwsKms({
    keyId,
    region: 'eu-west-1',
    endpoint: url,
    accessKeyId: KMS_ACCESS_KEY_ID,
    secretAccessKey: new Secret(secret),
    sessionToken: undefined,
  })
  return { kid: `kms:${keyId}`, service }
}

/** A clock whose waits are moved by hand. */
function handClock() {
  let nowMs = 0
  return { now: () => 0, monotonicMs: () => nowMs, advance: (ms: number) => void (nowMs += ms) }
}

test('a data key is wrapped and opened by the service, bound to its owner and version', async () => {
  await using kms = await startKmsStandIn(['alias/parley'])
  await using db = await testDatabase()
  const master = keyOf(kms.url, 'alias/parley')
  const ports = { clock: handClock(), random: systemRandom }
  const vault = await openVault(db, [master], ports)
  await vault.createTenantKey(db, 'a')
  await vault.createTenantKey(db, 'b')
  const sealed = (await vault.tenant('a')).seal(place, 'text')
  const again = await openVault(db, [master], ports)
  assert.equal((await again.tenant('a')).open(place, sealed).toString(), 'text')
  await db.run(sql`
    update data_keys set wrapped = (select wrapped from data_keys where owner = 'tenant:a') where owner = 'tenant:b'`)
  await assert.rejects((await openVault(db, [master], ports)).tenant('b'), UnsealError)
  assert.ok(kms.calls.includes('Decrypt InvalidCiphertextException'))
})

test('a wrong signature, a wrong key and a missing one are refused by name, before anything is written', async () => {
  await using kms = await startKmsStandIn(['alias/parley', 'alias/other'])
  await using db = await testDatabase()
  const ports = { clock: handClock(), random: systemRandom }
  await openVault(db, [keyOf(kms.url, 'alias/parley')], ports)
  const rows = async () => await db.many(sql`select xmin::text, wrapped from data_keys`)
  const before = await rows()
  await assert.rejects(openVault(db, [keyOf(kms.url, 'alias/parley', 'wrong')], ports), {
    name: 'KeyServiceError',
    kind: 'refused',
    message: /IncompleteSignatureException/,
  })
  await assert.rejects(openVault(db, [keyOf(kms.url, 'alias/other')], ports), WrongKeyError)
  await assert.rejects(openVault(db, [local], ports), /"kms:alias\/parley", which KMS_KEY_ID does/)
  kms.away(true)
  await assert.rejects(openVault(db, [keyOf(kms.url, 'alias/parley')], ports), KeyServiceError)
  assert.deepEqual(await rows(), before)
})

test('with the service away everything goes on for ten minutes and more, not for ever, and it comes back by itself', async () => {
  await using kms = await startKmsStandIn(['alias/parley'])
  await using db = await testDatabase()
  const clock = handClock()
  const vault = await openVault(db, [keyOf(kms.url, 'alias/parley')], {
    clock,
    random: systemRandom,
  })
  await vault.createTenantKey(db, 'a')
  const sealed = (await vault.tenant('a')).seal(place, 'text')
  const works = async () => {
    await vault.learnKeys()
    vault.inbox().seal(place, 'x')
    return (await vault.tenant('a')).open(place, sealed).toString() === 'text'
  }
  // Renewed beside the work, after five minutes.
  const count = kms.calls.length
  clock.advance(5 * MINUTE_MS - 1)
  assert.ok(await works())
  assert.equal(kms.calls.length, count)
  clock.advance(10_001)
  assert.ok(await works())
  await until(() => kms.calls.length === count + 2)

  kms.away(true)
  for (let minutes = 0; minutes < 15; minutes += 1) {
    clock.advance(MINUTE_MS)
    assert.ok(await works(), `after ${minutes + 1} minutes`)
  }
  clock.advance(1)
  await vault.learnKeys()
  await assert.rejects(vault.tenant('a'), KeyServiceError)
  assert.throws(() => vault.inbox(), KeyServiceError)
  kms.away(false)
  assert.equal((await vault.tenant('a')).open(place, sealed).toString(), 'text')
  await vault.ownerOf(null)
  assert.ok(vault.inbox())
})

test('away for too long, Meta is told to repeat and nothing is given up; then everything goes on', async () => {
  await using kms = await startKmsStandIn(['one'])
  const master = keyOf(kms.url, 'one')
  await using ports = await testPorts({
    config: testConfig({ encryptionKeys: [master] }),
  })
  const clock = handClock()
  const vault = await openVault(ports.db, [master], { clock, random: systemRandom })
  await vault.createTenantKey(ports.db, 'a')
  const { call } = testApp({ ...ports, vault })
  const raw = '{"object":"instagram","entry":[]}'
  const deliver = async () => {
    const secret = testApps.instagram.secret
    const signature = `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`
    const headers = { 'x-hub-signature-256': signature, 'content-type': 'application/json' }
    return (await call('POST', '/webhooks/instagram', { raw, headers })).status
  }
  assert.equal(await deliver(), 200)
  kms.away(true)
  clock.advance(16 * MINUTE_MS)
  await vault.learnKeys()
  assert.equal(await deliver(), 503)
  const failure = await vault.tenant('a').then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(isPassingFailure(failure))
  kms.away(false)
  await vault.ownerOf(null)
  assert.equal(await deliver(), 200)
})

test('a name that leads to another key stops a start before anything is written, and gives nothing up while it runs', async () => {
  await using kms = await startKmsStandIn(['alias/parley'])
  const master = keyOf(kms.url, 'alias/parley')
  const config = testConfig({ encryptionKeys: [master] })
  await using ports = await testPorts({ config })
  const clock = handClock()
  const vault = await openVault(ports.db, [master], { clock, random: systemRandom })
  const running = { ...ports, vault }
  const own = await connectedAccount(running)
  const before = kms.point('alias/parley')

  const rows = async () => await ports.db.many(sql`select xmin::text, wrapped from data_keys`)
  const asTheyWere = await rows()
  const failure = await openVault(ports.db, [master], ports).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.match(
    explainFailure(failure, { port: 1, metricsPort: 0, dataDir: '' }) ?? '',
    /KMS_KEY_ID names another/,
  )
  await assert.rejects(migrate(ports.db.url, [master]), KeyServiceError)
  assert.deepEqual(await rows(), asTheyWere)

  const status = async () =>
    await ports.db.one(
      sql`select status, reason from grants where connection_id = ${own.connectionId}`,
    )
  const alive = await status()
  clock.advance(16 * MINUTE_MS)
  for (let look = 0; look < 2; look += 1) {
    const looked = await checkConnections(running, { tenants: null, force: true })
    assert.equal(looked, 1)
    await ports.db.run(sql`update grants set retry_at = null`)
  }
  assert.deepEqual(await status(), alive)
  assert.ok(isPassingFailure(await vault.tenant(own.tenantId).catch((error: unknown) => error)))
  kms.point('alias/parley', before)
  assert.ok(await vault.tenant(own.tenantId))
})

test('an answer without end, of another shape or no JSON is a service that is away', async () => {
  const answers = ['endless', '{"Plaintext":5}', '[]', '<html>']
  let answer = ''
  let sent = 0
  const server = createServer((_, response) => {
    if (answer !== 'endless') return void response.end(answer)
    const more = (): void => {
      const piece = Buffer.alloc(64 * 1024, ' ')
      for (let isTaken = true; isTaken && !response.destroyed; sent += piece.length) {
        isTaken = response.write(piece)
      }
    }
    response.on('drain', more)
    more()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const master = keyOf(`http://127.0.0.1:${address.port}`, 'alias/parley')
  assert.ok('service' in master)
  try {
    for (answer of answers) {
      await assert.rejects(
        master.service.decrypt(new Uint8Array(8), {}),
        { name: 'KeyServiceError', kind: 'away' },
        answer,
      )
    }
    assert.ok(sent < 16 * 1024 * 1024, `${sent} bytes were taken`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('from a key of ours into the service, and from one of its keys to another, where it never leaves it', async () => {
  await using kms = await startKmsStandIn(['one', 'two'])
  await using ports = await testPorts()
  await ports.vault.createTenantKey(ports.db, 'a')
  const sealed = (await ports.vault.tenant('a')).seal(place, 'text')
  const [one, two] = [keyOf(kms.url, 'one'), keyOf(kms.url, 'two')]
  const move = async (first: MasterKey, ...others: MasterKey[]) => {
    const config = { ...ports.config, encryptionKeys: [first, ...others] as const }
    return await rewrapKeys({ ...ports, config }, () => undefined)
  }
  assert.deepEqual(await move(one, local), {
    masterKey: 'kms:one',
    rewrapped: 2,
    unused: [local.kid],
    inUse: [],
  })
  const before = kms.calls.length
  assert.equal((await move(two, one)).rewrapped, 2)
  assert.deepEqual(kms.calls.slice(before), ['ReEncrypt', 'ReEncrypt'])
  const later = await openVault(ports.db, [two], ports)
  assert.equal((await later.tenant('a')).open(place, sealed).toString(), 'text')
  const config = { ...ports.config, encryptionKeys: [two] as const }
  const options = { leadMs: 0, graceMs: 0, wait: true, onProgress: () => undefined }
  const [rotated] = await rotateKeys({ ...ports, config, vault: later }, ['tenant:a'], options)
  assert.equal(rotated?.state, 'rotated')
  assert.equal((await move(local, two)).rewrapped, 2)
})

test('the settings: all of them or none; the service’s keys stand before ours', () => {
  const base = {
    PARLEY_SECRET: 'a-secret-for-tests-only-0123456789',
    INSTAGRAM_APP_ID: '1',
    INSTAGRAM_APP_SECRET: 'x',
    INSTAGRAM_WEBHOOK_VERIFY_TOKEN: 'x',
    KMS_KEY_ID: 'arn:aws:kms:eu-west-1:1:key/2, alias/old',
  }
  const full = {
    ...base,
    KMS_REGION: 'eu-west-1',
    KMS_ACCESS_KEY_ID: 'x',
    KMS_SECRET_ACCESS_KEY: 'x',
  }
  assert.throws(
    () => readConfig(base, false),
    /KMS_REGION[\s\S]*KMS_ACCESS_KEY_ID[\s\S]*KMS_SECRET_ACCESS_KEY/,
  )
  assert.throws(
    () => readConfig({ ...full, KMS_ENDPOINT: 'http://kms.example' }, false),
    /KMS_ENDPOINT/,
  )
  const kids = (more: Record<string, string>) =>
    readConfig({ ...full, ...more }, false).encryptionKeys.map(({ kid }) => kid)
  const names = ['kms:arn:aws:kms:eu-west-1:1:key/2', 'kms:alias/old']
  assert.deepEqual(kids({}), names)
  const key = Buffer.alloc(32).toString('base64')
  assert.deepEqual(kids({ PARLEY_ENCRYPTION_KEYS: `k1:${key}` }), [...names, 'k1'])
})

async function until(isSo: () => boolean): Promise<void> {
  for (let n = 0; n < 1_000 && !isSo(); n += 1) await sleep(5)
  assert.ok(isSo())
}
