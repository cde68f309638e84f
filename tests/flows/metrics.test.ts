import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ECHO_AUTOMATION } from '@parley/bench/parley-api.ts'
import { testDatabase } from '@parley/server/testing/test-database.ts'
import { metaUrls } from '@parley/simulator/meta-urls.ts'
import { ApiClient } from '#support/api-client.ts'
import { connectAccount } from '#support/connect-over-http.ts'
import { eventually } from '#support/eventually.ts'
import { liveSettings } from '#support/live-settings.ts'
import { noPromtool, promtool } from '#support/promtool.ts'
import { metricNames, readSamples, sumOf } from '#support/read-samples.ts'
import { SimulatorClient } from '#support/simulator-client.ts'
import { freePort, spawnParley, statusOf, workFolder } from '#support/spawn-parley.ts'

const RULES = 'ops/prometheus/parley.rules.yml'
const RULES_TEST = 'ops/prometheus/parley.rules.test.yml'
const DASHBOARD = 'ops/grafana/parley.json'
const ACCOUNT = 'lumen.chiro'
const PERSON = 'ana'
const TENANT = 'tenant-whose-name-is-no-label'

/** Every label there is: a new one is thought about here first. None can hold an id or a name. */
const LABELS: Readonly<Record<string, RegExp>> = {
  result: /^[a-z_]+$/,
  state: /^[a-z_]+$/,
  outcome: /^[a-z_]+$/,
  code: /^([a-z-]+\/[a-z-]+)?$/,
  host: /^(instagram_graph|instagram_api|facebook_graph)$/,
  kind: /^[a-z_]+$/,
  task: /^[a-z_:-]+$/,
  of: /^(connection|host)$/,
  app: /^(instagram|facebook)$/,
  pool: /^(durable|relaxed)$/,
  status: /^[a-z_]+$/,
  le: /^(\d+(\.\d+)?|\+Inf)$/,
}

const SUFFIX = /_(bucket|sum|count)$/

/** Names in PromQL; a histogram's series are named after it. */
function namesIn(text: string, published: ReadonlySet<string>): Set<string> {
  const found = [...text.matchAll(/\b(?:parley|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => {
    const base = name.replace(SUFFIX, '')
    return published.has(base) ? base : name
  })
  return new Set(found)
}

type Panel = {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly datasource?: { readonly type: string; readonly uid: string }
  readonly gridPos: {
    readonly h: number
    readonly w: number
    readonly x: number
    readonly y: number
  }
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[]
}
type Dashboard = {
  readonly panels: readonly Panel[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string }[]
  }
}

/** As Grafana exports it. */
function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard
}

test('rules, dashboard and operating page speak of what web and worker print, and of nothing else', async (t) => {
  await using folder = workFolder()
  await using database = await testDatabase()
  const [simulatorPort, metricsPort] = [String(await freePort()), String(await freePort())]
  const simulator = new SimulatorClient(`http://127.0.0.1:${simulatorPort}`)
  const env = {
    ...liveSettings(),
    DATABASE_URL: database.url,
    SIMULATOR_PORT: simulatorPort,
    PARLEY_METRICS_PORT: metricsPort,
    ...metaUrls(simulator.url),
  }
  const port = String(await freePort())
  const url = `http://127.0.0.1:${port}`
  const start = async (command: string) =>
    await spawnParley({
      folder: folder.path,
      args: [command],
      env: { ...env, PORT: port, PARLEY_URL: url },
    })
  await using web = await start('web')
  await using worker = await start('worker')
  await using box = await start('simulator')
  await web.ready()
  const workerUrl = `http://127.0.0.1:${metricsPort}`
  await eventually(
    'the worker is ready',
    async () => (await statusOf(`${workerUrl}/readyz`)) === 200,
  )
  await simulator.ready()

  const api = new ApiClient(web.url, env.PARLEY_API_KEY)
  await api.take('PUT', `/v1/tenants/${TENANT}`, {
    name: 'Lumen',
    defaultAutomation: ECHO_AUTOMATION,
  })
  const connectionId = await connectAccount({ api, simulator }, TENANT, ACCOUNT)
  await simulator.write(PERSON, ACCOUNT, 'a line to be counted')
  await eventually(
    'the answer',
    async () => (await simulator.answers(ACCOUNT, PERSON)).length === 1,
  )
  await api.call('POST', '/webhooks/instagram', '{}', { 'x-hub-signature-256': 'sha256=wrong' })

  const read = async (at: string): Promise<string> => {
    const response = await fetch(`${at}/metrics`)
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    return await response.text()
  }
  // The answer is on the phone before its result is written.
  const worked = await eventually('the worker has counted', async () => {
    const text = await read(workerUrl)
    return sumOf(readSamples(text), 'parley_answer_seconds_count') === 1 && text
  })
  const received = await read(web.url)
  const [onWeb, onWorker] = [readSamples(received), readSamples(worked)]
  const published = new Set([...metricNames(received), ...metricNames(worked)])

  await t.test('each process counts its own work, and both say what the database says', () => {
    const door = 'parley_deliveries_received_total'
    assert.equal(sumOf(onWeb, door, { result: 'refused' }), 1)
    assert.ok((sumOf(onWeb, door, { result: 'kept' }) ?? 0) >= 1)
    assert.equal(sumOf(onWorker, door), 0)
    assert.equal(sumOf(onWorker, 'parley_sends_total', { result: 'sent' }), 1)
    assert.equal(sumOf(onWeb, 'parley_sends_total'), 0)
    assert.ok((sumOf(onWorker, 'parley_delivery_events_total', { outcome: 'stored' }) ?? 0) >= 1)
    assert.ok((sumOf(onWorker, 'parley_deliveries_worked_total', { state: 'processed' }) ?? 0) >= 1)
    const sent = { host: 'instagram_graph', kind: 'messages', result: 'ok' }
    assert.ok((sumOf(onWorker, 'parley_meta_calls_total', sent) ?? 0) >= 1)
    const exchanged = { host: 'instagram_api', kind: 'token', result: 'ok' }
    assert.equal(sumOf(onWeb, 'parley_meta_calls_total', exchanged), 1)
    for (const samples of [onWeb, onWorker]) {
      assert.equal(sumOf(samples, 'parley_database_up'), 1)
      assert.equal(sumOf(samples, 'parley_workers_live'), 1)
      assert.equal(sumOf(samples, 'parley_connections', { status: 'active' }), 1)
      assert.ok((sumOf(samples, 'parley_next_token_expiry_seconds') ?? 0) > 50 * 86_400)
      assert.ok((sumOf(samples, 'parley_last_delivery_timestamp_seconds') ?? 0) > 1.7e9)
      assert.ok((sumOf(samples, 'process_resident_memory_bytes') ?? 0) > 1e7)
      assert.ok((sumOf(samples, 'parley_database_connections') ?? 0) >= 1)
    }
  })

  await t.test('labels are words of short lists, never an id or a name', () => {
    const hidden = [connectionId, TENANT, ACCOUNT, PERSON, env.INSTAGRAM_APP_ID, database.url]
    const strange = [...onWeb, ...onWorker].filter(
      ({ labels }) => !Object.entries(labels).every(([name, word]) => LABELS[name]?.test(word)),
    )
    assert.deepEqual(strange, [])
    for (const text of [received, worked]) {
      for (const word of hidden) assert.ok(!text.includes(word), word)
    }
  })

  await t.test('every metric named in rules and dashboard is printed', () => {
    for (const path of [RULES, DASHBOARD]) {
      const named = namesIn(readFileSync(path, 'utf8'), published)
      assert.ok(named.size > 15, path)
      assert.deepEqual(
        [...named].filter((name) => !published.has(name)),
        [],
        path,
      )
    }
  })

  await t.test('the operating page lists every metric that is printed, and no other', () => {
    const page = readFileSync('docs/operating.md', 'utf8')
    const rows = [...page.matchAll(/^\| `((?:parley|process|nodejs)_[a-z0-9_]+)/gm)]
    const listed = new Set(rows.map(([, name = '']) => name))
    assert.deepEqual([...listed].toSorted(), [...published].toSorted())
  })

  await t.test('promtool takes what is printed for metrics', { skip: noPromtool }, () => {
    for (const input of [received, worked]) {
      const { code, text } = promtool(['check', 'metrics'], { input })
      assert.equal(code, 0, text)
    }
  })

  for (const parley of [web, worker, box]) parley.kill('SIGTERM')
  assert.equal(await worker.exited(), 0, worker.printed())
})

test(
  'promtool: rules and example are sound, each alert fires and does not',
  { skip: noPromtool },
  () => {
    const cwd = 'ops/prometheus'
    for (const args of [
      ['check', 'config', 'prometheus.yml'],
      ['test', 'rules', 'parley.rules.test.yml'],
    ]) {
      const { code, text } = promtool(args, { cwd })
      assert.equal(code, 0, text)
    }
  },
)

test('promtool: every query of the dashboard can be asked', { skip: noPromtool }, async () => {
  await using folder = workFolder()
  const { panels } = readDashboard()
  const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  assert.ok(queries.length > 40)
  const rules = queries.map((expr, n) => ({
    record: `query:${n}`,
    expr: expr.replaceAll('$job', 'parley').replaceAll('$__rate_interval', '5m'),
  }))
  // JSON is YAML.
  const path = join(folder.path, 'queries.yml')
  writeFileSync(path, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
  const { code, text } = promtool(['check', 'rules', '--lint=none', path])
  assert.equal(code, 0, text)
})

test('every alert has its test on both sides', () => {
  const alerts = [...readFileSync(RULES, 'utf8').matchAll(/- alert: (\w+)/g)].map(
    ([, name = '']) => name,
  )
  assert.ok(alerts.length >= 20)
  const tests = readFileSync(RULES_TEST, 'utf8')
  const outcomes = (pattern: RegExp): string[] =>
    [...tests.matchAll(pattern)].map(([, name = '']) => name).toSorted()
  assert.deepEqual(
    outcomes(/alertname: (\w+)\n\s+exp_alerts:\n\s+- exp_labels:/g),
    alerts.toSorted(),
  )
  assert.deepEqual(outcomes(/alertname: (\w+)\n\s+exp_alerts: \[\]/g), alerts.toSorted())
})

test('the dashboard can be imported: ids are unique, panels do not overlap, each asks the chosen source', () => {
  const { panels, templating } = readDashboard()
  assert.ok(panels.length > 30)
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  assert.deepEqual(
    templating.list.map(({ name, type }) => ({ name, type })),
    [
      { name: 'datasource', type: 'datasource' },
      { name: 'job', type: 'query' },
    ],
  )
  const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title)
  assert.ok(
    ['Is it well', 'Messages', 'Meta', 'Tokens', 'Process'].every((one) => rows.includes(one)),
  )
  const taken = new Set<string>()
  for (const { title, type, datasource, gridPos, targets = [] } of panels) {
    const { h, w, x, y } = gridPos
    assert.ok(x >= 0 && x + w <= 24, title)
    for (let n = 0; n < h * w; n += 1) {
      const cell = `${x + (n % w)},${y + Math.floor(n / w)}`
      assert.ok(!taken.has(cell), `${title} lies on another panel`)
      taken.add(cell)
    }
    if (type === 'row') continue
    assert.deepEqual(datasource, { type: 'prometheus', uid: '${datasource}' }, title)
    assert.ok(targets.length > 0 && targets.every(({ expr }) => expr.includes('$job')), title)
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title)
  }
})
