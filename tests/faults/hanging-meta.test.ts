import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDatabase, sql } from '@parley/server/ports/database.ts'
import { emptyDatabase } from '@parley/server/testing/test-database.ts'
import { metaUrls } from '@parley/simulator/meta-urls.ts'
import { ApiClient } from '#support/api-client.ts'
import { connectAccount } from '#support/connect-over-http.ts'
import { eventually } from '#support/eventually.ts'
import { liveSettings } from '#support/live-settings.ts'
import { SimulatorClient } from '#support/simulator-client.ts'
import { freePort, spawnParley, workFolder } from '#support/spawn-parley.ts'

const DAY_MS = 86_400_000

test('a worker told to stop while Meta hangs ends by itself, and its refresh is done once by the next one', async () => {
  await using folder = workFolder()
  await using database = await emptyDatabase()
  const box = String(await freePort())
  const web = String(await freePort())
  const simulator = new SimulatorClient(`http://127.0.0.1:${box}`)
  const url = `http://localhost:${web}`
  const env = {
    ...liveSettings(),
    DATABASE_URL: database.url,
    PORT: web,
    PARLEY_URL: url,
    SIMULATOR_PORT: box,
    ...metaUrls(simulator.url),
  }
  const spawn = async (...args: string[]) => await spawnParley({ folder: folder.path, args, env })
  await using _box = await spawn('simulator')
  await using server = await spawn('web', '--test-clock')
  await server.ready()
  await simulator.ready()
  const api = new ApiClient(url, env.PARLEY_API_KEY)
  await api.take('PUT', '/v1/tenants/lumen', { name: 'Lumen' })
  await connectAccount({ api, simulator }, 'lumen', 'lumen.chiro')
  await using db = openDatabase({
    url: database.url,
    connectionsMax: 2,
    onError: () => undefined,
  })
  const grant = async () =>
    await db.one<{
      status: string
      failures: number
      lease_owner: string | null
      refreshed_at: Date | null
    }>(sql`select status, failures, lease_owner, refreshed_at from grants`)

  await simulator.post('/faults', { path: '/refresh_access_token', error: 'hang' })
  await simulator.post('/clock', { nowMs: Date.now() + 40 * DAY_MS })
  mkdirSync(join(folder.path, '.parley'), { recursive: true })
  writeFileSync(join(folder.path, '.parley/clock-offset'), String(40 * DAY_MS))
  {
    await using worker = await spawn('worker', '--test-clock')
    type Calls = { calls: { path: string; status: number | null }[] }
    await eventually('Meta hangs in the call', async () => {
      const { calls } = await simulator.get<Calls>('/calls?last=50')
      return calls.some(({ path }) => path.includes('refresh_access_token'))
    })
    worker.kill('SIGTERM')
    // One that is ended as it was, after its time, says so and exits with 1.
    assert.equal(await worker.exited(), 0, worker.printed())
  }
  const left = await grant()
  assert.equal(left.status, 'active')
  assert.equal(left.failures, 0, 'our own end says nothing of Meta')
  assert.notEqual(left.lease_owner, null, 'Meta may have acted: the lease is left to end')
  const { paused } = await db.one<{ paused: boolean }>(
    sql`select exists (select 1 from meta_apps where open_until is not null) as paused`,
  )
  assert.equal(paused, false)

  await db.run(sql`update grants set lease_until = clock_timestamp()`)
  await using _next = await spawn('worker', '--test-clock')
  await eventually('the token is refreshed', async () => (await grant()).refreshed_at !== null)
  const refreshes = await db.many(sql`select 1 from audit_log where action = 'token.refreshed'`)
  assert.equal(refreshes.length, 1)
})
