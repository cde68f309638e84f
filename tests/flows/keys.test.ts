import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { ECHO_AUTOMATION } from '@parley/bench/parley-api.ts'
import { openDatabase, sql } from '@parley/server/ports/database.ts'
import type { Database } from '@parley/server/ports/database.ts'
import {
  KMS_ACCESS_KEY_ID,
  KMS_SECRET_ACCESS_KEY,
  startKmsStandIn,
} from '@parley/server/testing/kms-stand-in.ts'
import { emptyDatabase } from '@parley/server/testing/test-database.ts'
import { metaUrls } from '@parley/simulator/meta-urls.ts'
import { ApiClient } from '#support/api-client.ts'
import { connectAccount } from '#support/connect-over-http.ts'
import { eventually } from '#support/eventually.ts'
import { liveSettings } from '#support/live-settings.ts'
import { SimulatorClient } from '#support/simulator-client.ts'
import { freePort, spawnParley, workFolder } from '#support/spawn-parley.ts'

const ACCOUNT = 'lumen.chiro'
const newKey = (kid: string): string => `${kid}:${randomBytes(32).toString('base64')}`

/** A server with an account connected to a simulated Meta, whose settings can change between starts. */
async function keyWorld() {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(workFolder())
  const database = stack.use(await emptyDatabase())
  const simulatorPort = String(await freePort())
  const simulator = new SimulatorClient(`http://127.0.0.1:${simulatorPort}`)
  const port = String(await freePort())
  const env = {
    ...liveSettings(),
    DATABASE_URL: database.url,
    PORT: port,
    PARLEY_URL: `http://localhost:${port}`,
    SIMULATOR_PORT: simulatorPort,
    ...metaUrls(simulator.url),
  }
  const spawn = async (args: readonly string[], changed: Record<string, string> = {}) =>
    await spawnParley({ folder: folder.path, args, env: { ...env, ...changed } })
  const db = stack.use(
    openDatabase({ url: database.url, connectionsMax: 4, onError: () => undefined }),
  )
  const owned = stack.move()
  return {
    env,
    db,
    spawn,
    simulator,
    api: new ApiClient(env.PARLEY_URL, env.PARLEY_API_KEY),
    /** It asks for the webhook's address when it starts, so a server has to be there. */
    openBox: async () => {
      owned.use(await spawn(['simulator']))
      await simulator.ready()
    },
    /** A command that ends by itself. */
    run: async (args: readonly string[], changed: Record<string, string> = {}) => {
      await using parley = await spawn(args, changed)
      const code = await parley.exited()
      return { code, printed: parley.printed() }
    },
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  }
}

type World = Awaited<ReturnType<typeof keyWorld>>

async function connect({ api, simulator, openBox }: World): Promise<void> {
  await openBox()
  await api.take('PUT', '/v1/tenants/lumen', { name: 'Lumen', defaultAutomation: ECHO_AUTOMATION })
  await connectAccount({ api, simulator }, 'lumen', ACCOUNT)
}

async function say({ simulator }: World, person: string, text: string): Promise<void> {
  await simulator.write(person, ACCOUNT, text)
  await eventually(`${text} is answered`, async () =>
    (await simulator.answers(ACCOUNT, person)).includes(text),
  )
}

/** What everybody said, by their own account and ours, as the API shows it. */
async function texts({ api }: World): Promise<(string | null)[]> {
  type List<Item> = { data: Item[]; nextCursor: string | null }
  const all: (string | null)[] = []
  const { data } = await api.take<List<{ id: string }>>('GET', '/v1/conversations')
  for (const { id } of data) {
    const path = `/v1/conversations/${id}/messages?limit=100`
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? path : `${path}&cursor=${cursor}`
      const page: List<{ text: string | null }> = await api.take('GET', query)
      all.push(...page.data.map(({ text }) => text))
      cursor = page.nextCursor
    }
  }
  return all.toSorted((one, other) => (String(one) < String(other) ? -1 : 1))
}

/** Every row of every table with who wrote it last: any write at all changes it. */
async function everyRow(db: Database): Promise<unknown> {
  const tables = await db.many<{ name: string }>(sql`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') order by 1`)
  assert.ok(tables.length > 25)
  const rows: unknown[] = []
  for (const { name } of tables) {
    const text = `select '${name}' as name, count(*) as count,
      md5(string_agg(t.xmin::text || ' ' || t.ctid::text || ' ' || t.xmax::text, ',' order by t.ctid)) as sum from ${name} t`
    rows.push(...(await db.many({ text, name: `rows ${name}`, values: [] })))
  }
  return rows
}

test('with a wrong master key, or none, nothing starts, the sentence names the key, and not one row is written', async () => {
  await using world = await keyWorld()
  {
    await using server = await world.spawn(['start'])
    await server.ready()
    await connect(world)
    await say(world, 'ana', 'hello')
    server.kill('SIGTERM')
    await server.exited()
  }
  const before = await everyRow(world.db)
  const [kid = ''] = world.env.PARLEY_ENCRYPTION_KEYS.split(':')
  const wrong = [
    { PARLEY_ENCRYPTION_KEYS: newKey('other') },
    { PARLEY_ENCRYPTION_KEYS: newKey(kid) },
    { PARLEY_ENCRYPTION_KEYS: `${newKey('other')},${newKey(kid)}` },
  ]
  const commands = [
    ['start'],
    ['web'],
    ['worker'],
    ['keys', 'rotate', '--all'],
    ['keys', 'rotate', '--master'],
    ['keys', 'status'],
    ['operators', 'link'],
  ]
  for (const [n, changed] of wrong.entries()) {
    for (const command of n === 0 ? commands : commands.slice(0, 1)) {
      const { code, printed } = await world.run(command, changed)
      assert.equal(code, 1, `${command.join(' ')}: ${printed}`)
      assert.match(
        printed,
        new RegExp(`master key "${kid}".*Nothing was written`),
        command.join(' '),
      )
      assert.doesNotMatch(printed, /\n\s+at /, 'no stack')
    }
  }
  const none = await world.run(['start'], { PARLEY_ENCRYPTION_KEYS: '' })
  assert.equal(none.code, 1)
  assert.match(none.printed, /PARLEY_ENCRYPTION_KEYS/)
  assert.deepEqual(await everyRow(world.db), before)
})

test('master and data keys rotate from the command line while a server answers; the old master key can go, and says so', async () => {
  await using world = await keyWorld()
  const { db, env } = world
  const old = env.PARLEY_ENCRYPTION_KEYS
  const fresh = newKey('k2')
  const both = { PARLEY_ENCRYPTION_KEYS: `${fresh},${old}` }
  let said: (string | null)[] = []
  {
    await using server = await world.spawn(['start'], both)
    await server.ready()
    await connect(world)
    await say(world, 'ana', 'before')
    // Another process that was not restarted yet made a key with the old one.
    await world.api.take('PUT', '/v1/tenants/late', { name: 'Late' })
    const first = await world.run(['keys', 'status', '--json'], both)
    assert.equal(first.code, 0, first.printed)

    const rotating = world.run(['keys', 'rotate', '--all', '--no-wait', '--json'], both)
    const over = new AbortController()
    void rotating.then(() => over.abort())
    let lines = 0
    for (; !over.signal.aborted || lines < 10; lines += 1)
      await say(world, 'jonas', `line ${lines}`)
    const rotated = await rotating
    assert.equal(rotated.code, 0, rotated.printed)
    const objects = rotated.printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.ok(objects.some(({ progress }) => progress?.phase === 'wait_for_readers'))
    assert.ok(objects.some(({ progress }) => progress?.column === 'messages.sealed'))
    const outcomes = objects.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome]))
    assert.deepEqual(
      outcomes.map(({ owner, state, version }) => [owner, state, version]),
      [
        ['tenant:late', 'waiting', 2],
        ['tenant:lumen', 'waiting', 2],
        ['inbox', 'waiting', 2],
      ],
    )
    // The two minutes are over.
    await db.run(
      sql`update data_keys set active_at = active_at - interval '2 minutes' where version = 2`,
    )
    await db.run(sql`update key_rotations set resealed_at = resealed_at - interval '2 minutes'`)
    const dropped = await world.run(['keys', 'rotate', '--all'], both)
    assert.match(
      dropped.printed,
      /tenant:lumen: version 2, \d+ values re-sealed, 1 old versions dropped/,
    )
    await say(world, 'ana', 'after')
    const versions = await db.many(sql`select distinct version from data_keys`)
    assert.deepEqual(versions, [{ version: 2 }])
    said = await texts(world)
    assert.ok(said.length >= 2 * (lines + 2) && !said.includes(null))
    server.kill('SIGTERM')
    await server.exited()
  }
  // A process with the old settings wraps with the old key; status and rotation tell.
  const beside = { PARLEY_ENCRYPTION_KEYS: `${old},${fresh}` }
  assert.equal((await world.run(['keys', 'rotate', '--master'], beside)).code, 0)
  const status = await world.run(['keys', 'status'], both)
  assert.match(status.printed, /k1: wraps 3 data keys\n/)
  const early = await world.run(['start'], { PARLEY_ENCRYPTION_KEYS: fresh })
  assert.match(early.printed, /master key "k1"/)
  const rewrapped = await world.run(['keys', 'rotate', '--master'], both)
  assert.equal(rewrapped.code, 0)
  assert.match(rewrapped.printed, /3 data keys were wrapped anew with the master key k2/)
  assert.match(rewrapped.printed, /Nothing needs the master key k1: take it out/)

  await using server = await world.spawn(['start'], { PARLEY_ENCRYPTION_KEYS: fresh })
  await server.ready()
  assert.deepEqual(await texts(world), said)
  await say(world, 'ana', 'still here')
})

test('a rotation says what it cannot do', async () => {
  await using world = await keyWorld()
  await world.run(['migrate'])
  const nobody = await world.run(['keys', 'rotate', '--tenant', 'nobody'])
  assert.deepEqual(
    [nobody.code, nobody.printed.trim()],
    [1, 'There is no data key of tenant:nobody.'],
  )
  const nothing = await world.run(['keys', 'rotate'])
  assert.equal(nothing.code, 1)
  assert.match(nothing.printed, /name --tenant <id>, --all or --master/)
})

test('master keys of a key service alone are enough; without it nothing starts, and it is said so', async () => {
  await using kms = await startKmsStandIn(['alias/parley'])
  await using world = await keyWorld()
  const service = {
    PARLEY_ENCRYPTION_KEYS: '',
    KMS_KEY_ID: 'alias/parley',
    KMS_REGION: 'eu-west-1',
    KMS_ENDPOINT: kms.url,
    KMS_ACCESS_KEY_ID,
    KMS_SECRET_ACCESS_KEY,
  }
  {
    await using server = await world.spawn(['start'], service)
    await server.ready()
    await connect(world)
    await say(world, 'ana', 'hello')
    kms.away(true)
    await say(world, 'jonas', 'still there')
    server.kill('SIGTERM')
    await server.exited()
    assert.doesNotMatch(server.printed(), new RegExp(KMS_SECRET_ACCESS_KEY))
  }
  const before = await everyRow(world.db)
  const away = await world.run(['start'], service)
  assert.equal(away.code, 1)
  assert.match(away.printed, /The key service \(KMS_\*\) does not answer/)
  assert.deepEqual(await everyRow(world.db), before)
  kms.away(false)
  const status = await world.run(['keys', 'status'], service)
  assert.match(status.printed, /kms:alias\/parley: wraps 2 data keys, and new ones/)
})
