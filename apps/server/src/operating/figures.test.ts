import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { refreshDue } from '#tokens/refresh-due.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import { TEST_START_MS, testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { watchDatabase } from './watch-database.ts'

const DAY_MS = 86_400_000

async function figure(ports: Pick<TestPorts, 'metrics'>, series: string): Promise<number> {
  const text = await ports.metrics.read()
  const found = text.split('\n').find((one) => one.startsWith(`${series} `))
  assert(found !== undefined, `${series} is told`)
  return Number(found.slice(series.length))
}

const statuses = async (ports: TestPorts): Promise<readonly number[]> =>
  await Promise.all(
    ['active', 'expiring', 'needs_reauth'].map(
      async (status) => await figure(ports, `parley_connections{status="${status}"}`),
    ),
  )

test('connections are counted by the status they show, which follows the clock', async () => {
  await using ports = await testPorts()
  watchDatabase(ports)
  const dated = await connectedAccount(ports)
  const twice = await connectedAccount(ports)
  const undated = await connectedAccount(ports)
  const lost = await connectedAccount(ports)
  await ports.db.run(sql`
    insert into grants (tenant_id, id, connection_id, login, status, app_id, sealed_token, scopes, asked_capabilities, issued_at, expiry, created_at)
    select tenant_id, gen_random_uuid(), connection_id, 'facebook', 'active', '2', 'sealed', '{}', '{}', issued_at, 'never', created_at
    from grants where connection_id = ${twice.connectionId}`)
  await ports.db.run(sql`
    update grants set expiry = 'unknown', expires_at = null, issued_at = ${new Date(TEST_START_MS + 2 * DAY_MS)}
    where connection_id = ${undated.connectionId}`)
  await ports.db.run(sql`
    update connections set status = 'needs_reauth' where id = ${lost.connectionId}`)
  await ports.db.run(sql`
    update grants set status = 'needs_reauth', sealed_token = null where connection_id = ${lost.connectionId}`)
  assert.ok(dated.connectionId)

  const at = async (days: number): Promise<readonly number[]> => {
    ports.clock.set(TEST_START_MS + days * DAY_MS)
    return await statuses(ports)
  }
  assert.deepEqual(await at(0), [3, 0, 1])
  assert.equal(await figure(ports, 'parley_next_token_expiry_seconds'), (60 * DAY_MS) / 1000)
  assert.deepEqual(await at(46 - 0.001), [3, 0, 1])
  assert.deepEqual(await at(46), [2, 1, 1], 'the dated one is expiring')
  assert.deepEqual(await at(48), [1, 2, 1], 'of the one without a date sixty days are believed')
  assert.deepEqual(await at(60), [1, 1, 2], 'the dated one is over')
  assert.deepEqual(await at(62), [1, 0, 3])
  assert.equal(await figure(ports, 'parley_next_token_expiry_seconds'), (-2 * DAY_MS) / 1000)
})

test('a refresh that is due is told, and what came of it', async () => {
  await using ports = await testPorts()
  watchDatabase(ports)
  await connectedAccount(ports)
  assert.equal(await figure(ports, 'parley_refreshes_due'), 0)
  await ports.db.run(sql`update grants set next_refresh_at = ${new Date(TEST_START_MS)}`)
  assert.equal(await figure(ports, 'parley_refreshes_due'), 1)
  // Meta is away.
  await refreshDue(ports, { tenants: null })
  assert.equal(await figure(ports, 'parley_token_refreshes_total{outcome="unreachable"}'), 1)
  assert.equal(await figure(ports, 'parley_token_refreshes_total{outcome="refreshed"}'), 0)
  assert.equal(await figure(ports, 'parley_refreshes_due'), 0, 'it waits for its next try')
})

test('what a message is counted as on its way, a repetition included', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver, graph } = pipeline
  watchDatabase(ports)
  const account = await connectedAccount(ports)
  const at = ports.clock.now()
  const body = delivery(account, line(account, '9001', 'm1', 'hello', at))
  await deliver(body)
  await eventually('the answer', () => graph.sent.length === 1)
  await deliver(body)
  await deliver('no JSON')
  const duplicate = 'parley_delivery_events_total{outcome="duplicate"}'
  const odd = 'parley_delivery_events_total{outcome="not_understood"}'
  await eventually(
    'both counted',
    async () => (await figure(ports, duplicate)) === 1 && (await figure(ports, odd)) === 1,
  )
  assert.equal(await figure(ports, 'parley_deliveries_received_total{result="kept"}'), 3)
  assert.equal(await figure(ports, 'parley_delivery_events_total{outcome="stored"}'), 1)
  assert.equal(await figure(ports, 'parley_deliveries_worked_total{state="processed"}'), 2)
  assert.equal(await figure(ports, 'parley_deliveries_worked_total{state="not_understood"}'), 1)
  await eventually(
    'the send is counted',
    async () => (await figure(ports, 'parley_sends_total{result="sent",code=""}')) === 1,
  )
  assert.equal(await figure(ports, 'parley_answer_seconds_count'), 1)
  assert.equal(await figure(ports, 'parley_circuits_open{of="host"}'), 0)
  assert.equal(await figure(ports, 'parley_oldest_delivery_seconds'), 0)
})

test('a lane nobody takes is as late as it has been ready, and one set aside is not among them', async () => {
  await using ports = await testPorts()
  watchDatabase(ports)
  assert.equal(await figure(ports, 'parley_oldest_lane_seconds'), 0)
  await ports.db.run(sql`
    insert into lanes (conversation_id, tenant_id, connection_id, ready_at, parked, parked_at) values
      (gen_random_uuid(), 't', gen_random_uuid(), clock_timestamp() - interval '90 seconds', null, null),
      (gen_random_uuid(), 't', gen_random_uuid(), clock_timestamp() + interval '90 seconds', null, null),
      (gen_random_uuid(), 't', gen_random_uuid(), clock_timestamp() - interval '1 day', 'failed', clock_timestamp())`)
  const late = await figure(ports, 'parley_oldest_lane_seconds')
  assert.ok(late >= 90 && late < 3600, String(late))
  assert.equal(await figure(ports, 'parley_lanes_ready'), 2)
  assert.equal(await figure(ports, 'parley_lanes_parked'), 1)
})

test('when the database goes away its figures are no numbers any more, not those of before', async () => {
  await using ports = await testPorts()
  watchDatabase(ports)
  assert.equal(await figure(ports, 'parley_database_up'), 1)
  assert.equal(await figure(ports, 'parley_lanes_ready'), 0)
  await ports.db.close()
  assert.equal(await figure(ports, 'parley_database_up'), 0)
  for (const series of ['parley_lanes_ready', 'parley_connections{status="active"}']) {
    assert.ok(Number.isNaN(await figure(ports, series)), series)
  }
  assert.equal(await figure(ports, 'parley_deliveries_received_total{result="kept"}'), 0)
})
