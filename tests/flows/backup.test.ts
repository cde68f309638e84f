import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ECHO_AUTOMATION } from '@parley/bench/parley-api.ts'
import { emptyDatabase } from '@parley/server/testing/test-database.ts'
import { metaUrls } from '@parley/simulator/meta-urls.ts'
import { ApiClient } from '#support/api-client.ts'
import { connectAccount } from '#support/connect-over-http.ts'
import { eventually } from '#support/eventually.ts'
import { liveSettings } from '#support/live-settings.ts'
import { SimulatorClient } from '#support/simulator-client.ts'
import { freePort, spawnParley, workFolder } from '#support/spawn-parley.ts'

const ACCOUNT = 'lumen.chiro'

/** Settings for a server and a simulated Meta, and what runs with them. Nothing here holds a session of the database. */
async function backupWorld() {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(workFolder())
  const simulatorPort = String(await freePort())
  const simulator = new SimulatorClient(`http://127.0.0.1:${simulatorPort}`)
  const port = String(await freePort())
  const env = {
    ...liveSettings(),
    PORT: port,
    PARLEY_URL: `http://localhost:${port}`,
    SIMULATOR_PORT: simulatorPort,
    ...metaUrls(simulator.url),
  }
  const api = new ApiClient(env.PARLEY_URL, env.PARLEY_API_KEY)
  const spawn = async (args: readonly string[], changed: Record<string, string> = {}) =>
    await spawnParley({ folder: folder.path, args, env: { ...env, ...changed } })
  const owned = stack.move()
  return {
    folder: folder.path,
    simulator,
    api,
    spawn,
    openBox: async () => {
      owned.use(await spawn(['simulator']))
      await simulator.ready()
    },
    /** A command that ends by itself, and the objects it printed when asked for them. */
    run: async (args: readonly string[], changed: Record<string, string> = {}) => {
      await using parley = await spawn(args, changed)
      const code = await parley.exited()
      const printed = parley.printed()
      const lines = printed.split('\n').filter((line) => line.startsWith('{'))
      const objects = lines.map((line): Record<string, Record<string, unknown>> => JSON.parse(line))
      return { code, printed, objects }
    },
    say: async (person: string, text: string) => {
      await simulator.write(person, ACCOUNT, text)
      await eventually(`${text} is answered`, async () =>
        (await simulator.answers(ACCOUNT, person)).includes(text),
      )
    },
    /** What everybody said, by their own account and ours, as the API shows it. */
    texts: async () => {
      type List<Item> = { data: Item[] }
      const all: (string | null)[] = []
      const { data } = await api.take<List<{ id: string }>>('GET', '/v1/conversations')
      for (const { id } of data) {
        const path = `/v1/conversations/${id}/messages?limit=100`
        const page = await api.take<List<{ text: string | null }>>('GET', path)
        all.push(...page.data.map(({ text }) => text))
      }
      return all.toSorted((one, other) => (String(one) < String(other) ? -1 : 1))
    },
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  }
}

test('backed up while it answers, restored elsewhere, started: it has what was said, and answers', async () => {
  await using world = await backupWorld()
  await using first = await emptyDatabase()
  await using second = await emptyDatabase()
  const [here, there] = [{ DATABASE_URL: first.url }, { DATABASE_URL: second.url }]
  const file = join(world.folder, 'one.backup')
  let said: (string | null)[] = []
  {
    await using server = await world.spawn(['start'], here)
    await server.ready()
    await world.openBox()
    await world.api.take('PUT', '/v1/tenants/lumen', {
      name: 'Lumen',
      defaultAutomation: ECHO_AUTOMATION,
    })
    await connectAccount(world, 'lumen', ACCOUNT)
    await world.say('ana', 'hello')

    const traffic = world.run(['backup', 'traffic.backup', '--json'], here)
    const over = new AbortController()
    void traffic.then(() => over.abort())
    for (let n = 0; !over.signal.aborted || n < 3; n += 1) await world.say('jonas', `line ${n}`)
    const made = (await traffic).objects
    assert.equal((await traffic).code, 0, (await traffic).printed)
    assert.ok(made.some(({ progress }) => progress?.['percent'] === 100))
    assert.deepEqual(made.at(-1)?.['backup']?.['masterKeys'], ['k1'])

    const plain = await world.run(['backup', 'one.backup'], here)
    assert.match(plain.printed, /Writing: 100 %\n.*one\.backup: \d+ rows, .*master keys k1 only/s)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const again = await world.run(['backup', 'one.backup'], here)
    assert.deepEqual([again.code, /backups\/file-exists/.test(again.printed)], [1, true])
    const inUse = await world.run(['restore', file, '--replace', 'x'], here)
    assert.deepEqual([inUse.code, /backups\/database-in-use/.test(inUse.printed)], [1, true])
    said = await world.texts()
    server.kill('SIGTERM')
    assert.equal(await server.exited(), 0)
  }
  const wrong = { ...there, PARLEY_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}` }
  const refused = await world.run(['restore', file, '--json'], wrong)
  assert.equal(refused.code, 1)
  assert.equal(refused.objects.at(-1)?.['error']?.['code'], 'backups/wrong-key')
  assert.doesNotMatch(refused.printed, /\n\s+at /, 'no stack')

  for (const name of ['traffic.backup', 'one.backup']) {
    await using target = await emptyDatabase()
    const restored = await world.run(['restore', name], { DATABASE_URL: target.url })
    assert.equal(restored.code, 0, restored.printed)
    assert.match(
      restored.printed,
      /Disconnects, unsends and erasures since 2\S+Z are not known here\.\n/,
    )
    const verified = await world.run(['audit', 'verify'], { DATABASE_URL: target.url })
    assert.equal(verified.code, 0, verified.printed)
  }
  assert.equal((await world.run(['restore', file], there)).code, 0)
  await using server = await world.spawn(['start'], there)
  await server.ready()
  assert.deepEqual(await world.texts(), said)
  await world.say('ana', 'still here')
})

test('deliveries are worked again from the command line: what is stored stays once, and what cannot be is said', async () => {
  await using world = await backupWorld()
  await using database = await emptyDatabase()
  const here = { DATABASE_URL: database.url }
  const run = async (...args: string[]) => await world.run(['deliveries', 'replay', ...args], here)
  let all = 0
  let id = ''
  {
    await using server = await world.spawn(['start'], here)
    await server.ready()
    await world.openBox()
    await world.api.take('PUT', '/v1/tenants/lumen', {
      name: 'Lumen',
      defaultAutomation: ECHO_AUTOMATION,
    })
    await connectAccount(world, 'lumen', ACCOUNT)
    await world.say('ana', 'hello')
    await world.say('ana', 'again')
    const said = await world.texts()
    const [connection] = (
      await world.api.take<{ data: { id: string }[] }>('GET', '/v1/connections')
    ).data
    const listed = await run('--connection', connection?.id ?? '', '--dry-run', '--json')
    assert.equal(listed.code, 0, listed.printed)
    all = listed.objects.filter(({ delivery }) => delivery !== undefined).length
    id = String(listed.objects[0]?.['delivery']?.['id'])
    assert.ok(all >= 2)
    assert.deepEqual(listed.objects.at(-1), { summary: { found: all } })

    const replayed = await run('--since', '2026-01-01', '--tenant', 'lumen', '--json')
    assert.equal(replayed.code, 0, replayed.printed)
    const { summary } = replayed.objects.at(-1) ?? {}
    assert.ok(Number(summary?.['replayed']) >= all && summary?.['stored'] === 0)
    assert.equal(summary?.['processed'], summary?.['replayed'])
    assert.deepEqual(await world.texts(), said, 'nothing is there twice')

    const none = await run('--state', 'not_understood')
    assert.match(none.printed, /0 deliveries were put back to work; 0 processed/)
    const nobody = await run(id, 'not-an-id')
    assert.equal(nobody.code, 1)
    assert.match(
      nobody.printed,
      /not-an-id {2}deliveries\/not-found.*1 deliveries were put back.*1 refused/s,
    )
    const elsewhere = await run('--connection', '00000000-0000-0000-0000-000000000000')
    assert.deepEqual([elsewhere.code, /connections\/not-found/.test(elsewhere.printed)], [1, true])
    for (const command of [
      ['deliveries', 'replay'],
      ['tokens', 'status'],
      ['tokens', 'refresh'],
      ['connections', 'list'],
      ['operators', 'link'],
    ]) {
      const { code, printed } = await world.run([...command, '--tenant', 'nobody'], here)
      assert.deepEqual([code, /tenants\/not-found.*"nobody"/s.test(printed)], [1, true], printed)
    }
    for (const wrong of [
      [],
      [id, '--since', '2026-01-01'],
      ['--state', 'odd'],
      ['--since', 'noon'],
      ['--since', '2026-02-01', '--until', '2026-01-01'],
    ]) {
      assert.equal((await run(...wrong)).code, 1, wrong.join(' '))
    }
    const { data } = await world.api.take<{ data: { action: string; subjectId: string }[] }>(
      'GET',
      '/v1/audit-log?action=delivery.replayed&limit=100',
    )
    assert.ok(data.length > all && data.some((line) => line.subjectId === id))
    server.kill('SIGTERM')
    await server.exited()
  }
  const alone = await run(id)
  assert.equal(alone.code, 1)
  assert.match(alone.printed, /1 still waiting\.\n→ .*as soon as a worker runs/s)
})

test('the embedded PostgreSQL is backed up while it runs, and restored into a folder of its own', async () => {
  await using world = await backupWorld()
  {
    await using server = await world.spawn(['start'])
    await server.ready()
    await world.api.take('PUT', '/v1/tenants/lumen', { name: 'Lumen' })
    assert.equal((await world.run(['backup'])).code, 0)
    server.kill('SIGTERM')
    await server.exited()
  }
  const [name = ''] = readdirSync(world.folder).filter((file) =>
    /^parley-\d{8}T\d{6}Z\.backup$/.test(file),
  )
  await using other = workFolder()
  const there = { PARLEY_DATA_DIR: join(other.path, '.parley') }
  const restored = await world.run(['restore', name], there)
  assert.equal(restored.code, 0, restored.printed)
  await using server = await world.spawn(['start'], there)
  await server.ready()
  const { data } = await world.api.take<{ data: { id: string }[] }>('GET', '/v1/tenants')
  assert.deepEqual(
    data.map(({ id }) => id),
    ['lumen'],
  )
  server.kill('SIGTERM')
  await server.exited()
})
