import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { testDatabase } from '@parley/server/testing/test-database.ts'
import { openDatabaseDoor } from '#support/database-door.ts'
import { eventually } from '#support/eventually.ts'
import { freePort, postgresPid, spawnParley, statusOf, workFolder } from '#support/spawn-parley.ts'
import type { Parley } from '#support/spawn-parley.ts'

const STOP_MS_MAX = 10_000

/** The least that starts outside the demo. */
const live = {
  PARLEY_SECRET: 'a-secret-of-at-least-32-characters-here',
  PARLEY_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  INSTAGRAM_WEBHOOK_VERIFY_TOKEN: 'verify',
  INSTAGRAM_APP_ID: '178',
  INSTAGRAM_APP_SECRET: 'app-secret',
  PARLEY_HOST: '127.0.0.1',
}

async function stops(parley: Parley): Promise<void> {
  const began = performance.now()
  parley.kill('SIGTERM')
  assert.equal(await parley.exited(), 0, parley.printed())
  assert.ok(performance.now() - began < STOP_MS_MAX)
}

describe('the demo', () => {
  test('prints three links and the owner’s, keeps its secrets to itself, and stops with its database', async () => {
    await using folder = workFolder()
    const simulatorPort = String(await freePort())
    await using parley = await spawnParley({
      folder: folder.path,
      args: ['start'],
      env: { SIMULATOR_PORT: simulatorPort },
    })
    await parley.ready()
    await eventually('the links', async () => parley.printed().includes('makes you the owner'))
    assert.match(parley.printed(), /Dashboard {3}http:\/\/localhost:\d+\/\n/)
    assert.match(parley.printed(), new RegExp(`Phone {7}http://127.0.0.1:${simulatorPort}/\n`))
    assert.match(parley.printed(), /API docs {4}http:\/\/localhost:\d+\/docs\n/)
    assert.equal(await statusOf(`http://127.0.0.1:${simulatorPort}/`), 200)

    const secrets = join(folder.path, '.parley/demo-secrets.json')
    assert.equal(statSync(secrets).mode & 0o777, 0o600)
    for (const value of Object.values(JSON.parse(readFileSync(secrets, 'utf8')) as object)) {
      const text = String(value)
      if (text.length > 16) assert.ok(!parley.printed().includes(text))
    }
    assert.ok(postgresPid(folder.path) !== undefined)
    await stops(parley)
    assert.equal(postgresPid(folder.path), undefined)
    assert.equal(await statusOf(`http://127.0.0.1:${simulatorPort}/`), 0)
  })

  test('killed by -9 and started again it goes on where it was', async () => {
    await using folder = workFolder()
    const env = { SIMULATOR_PORT: String(await freePort()), PORT: String(await freePort()) }
    const first = await spawnParley({ folder: folder.path, args: ['start'], env })
    await first.ready()
    const orphan = postgresPid(folder.path)
    first.kill('SIGKILL')
    await first.exited()
    assert.equal(postgresPid(folder.path), orphan)

    await using second = await spawnParley({ folder: folder.path, args: ['start'], env })
    await second.ready()
    const key = keyOf(folder.path)
    const response = await fetch(`${second.url}/v1/tenants`, {
      headers: { authorization: `Bearer ${key}` },
    })
    assert.match(await response.text(), /Lumen Chiropractic/)
    await stops(second)
    assert.equal(postgresPid(folder.path), undefined)
  })

  test('a second one on the same folder is refused in one sentence, and the first is not disturbed', async () => {
    await using folder = workFolder()
    const env = { SIMULATOR_PORT: String(await freePort()) }
    await using first = await spawnParley({ folder: folder.path, args: ['start'], env })
    await first.ready()
    await using second = await spawnParley({ folder: folder.path, args: ['start'], env })
    assert.equal(await second.exited(), 1)
    assert.match(second.printed(), /^Another Parley is running on the data folder .*\n$/)
    assert.equal(await statusOf(`${first.url}/readyz`), 200)
  })
})

describe('a start that cannot be', () => {
  test('outside the demo secrets are demanded, all problems at once, before anything opens', async () => {
    await using folder = workFolder()
    await using parley = await spawnParley({
      folder: folder.path,
      args: ['start'],
      env: { INSTAGRAM_APP_ID: '178', DATABASE_URL: 'mysql://x', META_APP_ID: '1' },
    })
    assert.equal(await parley.exited(), 1)
    assert.match(parley.printed(), /Warning: META_APP_ID changes nothing here/)
    assert.match(parley.printed(), /Cannot start: 5 settings need attention/)
    for (const name of [
      'DATABASE_URL',
      'PARLEY_SECRET',
      'PARLEY_ENCRYPTION_KEYS',
      'INSTAGRAM_APP_SECRET',
      'INSTAGRAM_WEBHOOK_VERIFY_TOKEN',
    ]) {
      assert.match(parley.printed(), new RegExp(`→ at ${name}\n`))
    }
    assert.throws(() => statSync(join(folder.path, '.parley')))
  })

  test('a taken port is named, and the database is stopped again', async () => {
    await using folder = workFolder()
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await using parley = await spawnParley({
      folder: folder.path,
      args: ['start'],
      env: { PORT: String(port), SIMULATOR_PORT: String(await freePort()) },
    })
    assert.equal(await parley.exited(), 1)
    assert.equal(
      parley.printed(),
      `Port ${port} is taken by another program. Stop it, or set PORT to a free one.\n`,
    )
    assert.equal(postgresPid(folder.path), undefined)
    taken.close()
  })

  test('a database that does not answer, does not exist, or refuses the password is said so', async () => {
    await using folder = workFolder()
    await using db = await testDatabase()
    const missing = new URL(db.url)
    missing.pathname = '/no_such_database'
    const wrong = new URL(db.url)
    wrong.password = 'wrong'
    const cases: readonly [string, RegExp][] = [
      ['postgres://x@127.0.0.1:9/x', /^The database does not answer \(ECONNREFUSED\)\. .*\n$/],
      [missing.href, /^The database named in DATABASE_URL does not exist\. .*\n$/],
      [wrong.href, /^The database refuses the password\. .*\n$/],
    ]
    for (const [url, sentence] of cases) {
      await using parley = await spawnParley({
        folder: folder.path,
        args: ['start'],
        env: { ...live, DATABASE_URL: url },
      })
      assert.equal(await parley.exited(), 1)
      assert.match(parley.printed(), sentence)
    }
  })

  test('a database that is too old is refused by its version', async () => {
    await using folder = workFolder()
    await using old = await oldPostgres()
    await using parley = await spawnParley({
      folder: folder.path,
      args: ['migrate'],
      env: { DATABASE_URL: old.url },
    })
    assert.equal(await parley.exited(), 1)
    assert.match(
      parley.printed(),
      /^The database is PostgreSQL 14\.9\. Parley needs 15 or newer: .*\n$/,
    )
  })

  test('a wrong master key is refused, and no row changes', async () => {
    await using folder = workFolder()
    await using db = await testDatabase()
    const env = { ...live, DATABASE_URL: db.url }
    const first = await spawnParley({ folder: folder.path, args: ['web'], env })
    await first.ready()
    await stops(first)
    const keys = { text: 'select * from data_keys', values: [], name: 'keys' }
    const before = await db.many(keys)
    assert.equal(before.length, 1)
    await using second = await spawnParley({
      folder: folder.path,
      args: ['web'],
      env: { ...env, PARLEY_ENCRYPTION_KEYS: `k2:${Buffer.alloc(32, 2).toString('base64')}` },
    })
    assert.equal(await second.exited(), 1)
    assert.match(second.printed(), /sealed with the master key "k1".* Nothing was written/)
    assert.deepEqual(await db.many(keys), before)
  })

  test('web and worker without a database say what to set', async () => {
    await using folder = workFolder()
    await using parley = await spawnParley({ folder: folder.path, args: ['worker'], env: live })
    assert.equal(await parley.exited(), 1)
    assert.match(parley.printed(), /^No database: DATABASE_URL is not set .*\n$/)
  })

  test('the test clock is refused off this machine', async () => {
    await using folder = workFolder()
    await using parley = await spawnParley({
      folder: folder.path,
      args: ['start', '--test-clock'],
      env: { ...live, PARLEY_HOST: '0.0.0.0' },
    })
    assert.equal(await parley.exited(), 1)
    assert.match(parley.printed(), /because of --test-clock\n {2}→ at PARLEY_HOST/)
  })
})

describe('several processes', () => {
  test('web and worker processes start at once over one empty database, and stop within ten seconds', async () => {
    await using folder = workFolder()
    await using db = await testDatabase()
    const env = { ...live, DATABASE_URL: db.url }
    const web = [
      await spawnParley({ folder: folder.path, args: ['web'], env }),
      await spawnParley({ folder: folder.path, args: ['web'], env }),
    ]
    const worker = await spawnParley({ folder: folder.path, args: ['worker'], env })
    for (const parley of web) await parley.ready()
    await eventually('the worker runs', async () => worker.printed().includes('works through'))
    // A kept-alive connection and half a request hold nothing up.
    const socket = connect(Number(new URL(web[0]?.url ?? '').port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('POST /webhooks/instagram HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf')
    await sleep(100)
    for (const parley of [...web, worker]) await stops(parley)
    socket.destroy()
  })

  test('a start that waits for another’s migration is stopped within ten seconds', async () => {
    await using folder = workFolder()
    await using db = await testDatabase()
    const env = { ...live, DATABASE_URL: db.url }
    // A session of its own: one of the pool's would lose an idle transaction after ten seconds.
    await using held = await db.session(() => undefined)
    await held.many({ name: 'lock', text: 'select pg_advisory_lock(7275391)', values: [] })
    await using parley = await spawnParley({ folder: folder.path, args: ['web'], env })
    const waiting = {
      name: 'waiting',
      text: `
        select 1 from pg_locks
        where locktype = 'advisory' and not granted
          and database = (select oid from pg_database where datname = current_database())`,
      values: [],
    }
    await eventually('it waits', async () => (await db.many(waiting)).length > 0)
    const began = performance.now()
    parley.kill('SIGTERM')
    assert.equal(await parley.exited(), 1)
    assert.ok(performance.now() - began < STOP_MS_MAX)
  })

  test('the database going away is told by /readyz, and its coming back needs no restart', async () => {
    await using folder = workFolder()
    await using db = await testDatabase()
    await using door = await openDatabaseDoor(db.url)
    await using parley = await spawnParley({
      folder: folder.path,
      args: ['start'],
      env: { ...live, DATABASE_URL: door.url },
    })
    await parley.ready()
    door.shut()
    await eventually('503', async () => (await statusOf(`${parley.url}/readyz`)) === 503)
    assert.equal(await statusOf(`${parley.url}/healthz`), 200)
    assert.equal(await statusOf(`${parley.url}/metrics`), 200)
    await sleep(2_000)
    assert.equal(await statusOf(`${parley.url}/healthz`), 200)
    door.open()
    await eventually('200 again', async () => (await statusOf(`${parley.url}/readyz`)) === 200)
    await stops(parley)
  })

  test('the time of a spawned server moves with its file', async () => {
    await using folder = workFolder()
    const env = { SIMULATOR_PORT: String(await freePort()) }
    await using parley = await spawnParley({
      folder: folder.path,
      args: ['start', '--test-clock'],
      env,
    })
    await parley.ready()
    writeFileSync(join(folder.path, '.parley/clock-offset'), String(30 * 86_400_000))
    await sleep(100)
    const response = await fetch(`${parley.url}/v1/connect-sessions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${keyOf(folder.path)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ tenantId: 'lumen' }),
    })
    const session = (await response.json()) as { expiresAt: string }
    const aheadMs = Date.parse(session.expiresAt) - Date.now()
    assert.ok(aheadMs > 29 * 86_400_000, JSON.stringify(session))
  })
})

/** The demo's key with every scope. */
function keyOf(folder: string): string {
  const text = readFileSync(join(folder, '.parley/demo-secrets.json'), 'utf8')
  return (JSON.parse(text) as { PARLEY_API_KEY: string }).PARLEY_API_KEY
}

/** Speaks just enough of PostgreSQL's protocol to give its version. */
async function oldPostgres(): Promise<AsyncDisposable & { url: string }> {
  const message = (type: string, body: Buffer): Buffer => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(body.length + 4)
    return Buffer.concat([Buffer.from(type), length, body])
  }
  const ready = message('Z', Buffer.from('I'))
  const column = (name: string, type: number): Buffer => {
    const rest = Buffer.alloc(18)
    rest.writeInt32BE(type, 6)
    return Buffer.concat([Buffer.from(`${name}\0`), rest])
  }
  const value = (text: string): Buffer => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(text.length)
    return Buffer.concat([length, Buffer.from(text)])
  }
  const two = Buffer.from([0, 2])
  const answer = Buffer.concat([
    message('T', Buffer.concat([two, column('number', 23), column('text', 25)])),
    message('D', Buffer.concat([two, value('140009'), value('14.9')])),
    message('C', Buffer.from('SELECT 1\0')),
    ready,
  ])
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', Buffer.alloc(4)), ready]))
      socket.on('data', (chunk) => {
        if (chunk[0] === 'Q'.charCodeAt(0)) socket.write(answer)
        else socket.end()
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `postgres://x@127.0.0.1:${port}/x`,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}
