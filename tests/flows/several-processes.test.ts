import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { ECHO_AUTOMATION } from '@parley/bench/parley-api.ts'
import { emptyDatabase } from '@parley/server/testing/test-database.ts'
import { metaUrls } from '@parley/simulator/meta-urls.ts'
import { Client } from 'pg'
import { ApiClient } from '#support/api-client.ts'
import { startBalancer } from '#support/balancer.ts'
import { connectAccount } from '#support/connect-over-http.ts'
import { eventually } from '#support/eventually.ts'
import { liveSettings } from '#support/live-settings.ts'
import { SimulatorClient } from '#support/simulator-client.ts'
import { freePort, spawnParley, workFolder } from '#support/spawn-parley.ts'

const ACCOUNT = 'lumen.chiro'
const PEOPLE = ['ana', 'jonas', 'zoe', 'mika', 'review-bot']
/** How many lines a person writes before waiting for the answer; again and again. */
const BURSTS = [1, 2, 3, 1, 3]
const LINES_EACH = 20
/** Lines of one burst arrive within it, however busy the machine is. */
const QUIET_MS = 500
const echo = { ...ECHO_AUTOMATION, quietMs: QUIET_MS }

test('two webs and two workers over one PostgreSQL answer a hundred lines once each, in order, and a stopped worker is not missed', async () => {
  await using folder = workFolder()
  await using database = await emptyDatabase()
  await using balancer = await startBalancer()
  const simulatorPort = String(await freePort())
  const simulator = new SimulatorClient(`http://127.0.0.1:${simulatorPort}`)
  const env = {
    ...liveSettings(),
    DATABASE_URL: database.url,
    PARLEY_URL: balancer.url,
    SIMULATOR_PORT: simulatorPort,
    ...metaUrls(simulator.url),
  }
  const start = async (command: string) =>
    await spawnParley({ folder: folder.path, args: [command], env })

  // All at once, on a database without a table.
  await using one = await start('web')
  await using two = await start('web')
  await using leaving = await start('worker')
  await using staying = await start('worker')
  await Promise.all([one.ready(), two.ready()])
  for (const worker of [leaving, staying]) {
    await eventually('both workers work', async () => worker.printed().includes('works through'))
  }
  const applied = await query<{ name: string }>(
    database.url,
    'select name from parley_migrations order by number',
  )
  assert.deepEqual(
    applied.map(({ name }) => name),
    globSync('apps/server/migrations/*.sql')
      .toSorted()
      .map((path) => basename(path)),
  )

  balancer.spreadOver([one.url, two.url])
  await using box = await start('simulator')
  await simulator.ready()
  const api = new ApiClient(balancer.url, env.PARLEY_API_KEY)
  await api.take('PUT', '/v1/tenants/lumen', { name: 'Lumen', defaultAutomation: echo })
  const connectionId = await connectAccount({ api, simulator }, 'lumen', ACCOUNT)

  let answered = 0
  let stopped: Promise<number | null> | undefined
  const writeAll = async (person: string): Promise<void> => {
    for (let n = 0, burst = 0; n < LINES_EACH; burst += 1) {
      const size = Math.min(BURSTS[burst % BURSTS.length] ?? 1, LINES_EACH - n)
      const last = tokenOf(person, n + size - 1)
      for (let k = 0; k < size; k += 1) {
        await simulator.write(person, ACCOUNT, `${tokenOf(person, n + k)} and so on`)
      }
      n += size
      await eventually(`${last} is answered`, async () =>
        (await simulator.answers(ACCOUNT, person)).join('\n').includes(last),
      )
      answered += size
      if (answered >= (PEOPLE.length * LINES_EACH) / 2 && stopped === undefined) {
        leaving.kill('SIGTERM')
        stopped = leaving.exited()
      }
    }
  }
  await Promise.all(PEOPLE.map(writeAll))
  assert.equal(await stopped, 0, leaving.printed())

  const expected = (person: string) =>
    Array.from({ length: LINES_EACH }, (_, n) => tokenOf(person, n))
  for (const person of PEOPLE) {
    const said = (await simulator.answers(ACCOUNT, person)).join('\n')
    assert.deepEqual(said.match(/\b[a-z-]+#\d\d\b/g), expected(person), person)
  }
  assert.ok(
    balancer.served.length === 2 && balancer.served.every((count) => count > 50),
    `each web had its share: ${balancer.served.join(', ')}`,
  )
  await isAtRest(database.url)
  const list = await api.take<{ data: { waiting: number; status: string }[] }>(
    'GET',
    `/v1/conversations?connectionId=${connectionId}`,
  )
  assert.deepEqual(
    list.data.map(({ waiting, status }) => ({ waiting, status })),
    PEOPLE.map(() => ({ waiting: 0, status: 'automated' })),
  )
  for (const parley of [one, two, staying, box]) {
    parley.kill('SIGTERM')
    assert.equal(await parley.exited(), 0, parley.printed())
  }
})

const tokenOf = (person: string, n: number): string => `${person}#${String(n).padStart(2, '0')}`

/** Every line stored once, every part settled, nobody holding a lane. */
async function isAtRest(url: string): Promise<void> {
  await eventually('nothing is left to do', async () => {
    const [left] = await query<{ open: number }>(
      url,
      `select (select count(*) from deliveries where state = 'stored')
            + (select count(*) from outbound_parts)
            + (select count(*) from messages where status in ('queued', 'sending', 'unknown'))
            + (select count(*) from lanes where lease_owner is not null) as open`,
    )
    return Number(left?.open) === 0
  })
  const [stored] = await query<{ lines: number; mids: number }>(
    url,
    `select count(*)::int as lines, count(distinct mid)::int as mids
       from messages where direction = 'inbound'`,
  )
  const total = PEOPLE.length * LINES_EACH
  assert.deepEqual(stored, { lines: total, mids: total })
}

async function query<Row>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    // The caller names the columns it selects.
    return (await client.query(text)).rows as Row[]
  } finally {
    await client.end()
  }
}
