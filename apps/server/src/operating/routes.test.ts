import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '#ports/database.ts'
import { silentLog } from '#ports/log.ts'
import { openMetrics } from '#ports/metrics.ts'
import { testClock, testPorts } from '#testing/test-ports.ts'
import { operatingRoutes } from './routes.ts'

test('with the database there: alive, ready, and counted', async () => {
  await using ports = await testPorts()
  const app = operatingRoutes(ports)
  assert.equal((await app.request('/healthz')).status, 200)
  const ready = await app.request('/readyz')
  assert.equal(ready.status, 200)
  assert.deepEqual(await ready.json(), { status: 'ready' })
  const metrics = await app.request('/metrics')
  assert.equal(metrics.status, 200)
  const text = await metrics.text()
  assert.match(text, /^parley_database_up 1$/m)
  assert.match(text, /^parley_deliveries_waiting 0$/m)
})

test('with the database away: alive, not ready, and still counted', async () => {
  const db = openDatabase({
    url: 'postgres://nobody@127.0.0.1:9/none',
    connectionsMax: 1,
    onError: () => undefined,
  })
  const app = operatingRoutes({
    db,
    clock: testClock(),
    metrics: openMetrics(),
    log: silentLog,
  })
  assert.equal((await app.request('/healthz')).status, 200)
  const ready = await app.request('/readyz')
  assert.equal(ready.status, 503)
  assert.deepEqual(await ready.json(), { status: 'unavailable', reason: 'database_away' })
  assert.match(await (await app.request('/metrics')).text(), /^parley_database_up 0$/m)
  await db.close()
})
