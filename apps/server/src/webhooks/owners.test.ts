import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import type { Happening } from '#ports/signals.ts'
import { connectedAccount, echoAutomation } from '#testing/connected-account.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { listDeliveries } from './list-deliveries.ts'
import { replayDelivery } from './replay-delivery.ts'
import { insertDeliveries, takeStoredDeliveries } from './store.ts'

const off = { ...echoAutomation, responder: null }

const everything = { tenants: null, state: undefined, after: undefined, limit: 10 }

const settled = (ports: TestPorts, count: number) => async () =>
  (await ports.db.many(sql`select 1 from deliveries where state <> 'stored'`)).length === count

test('a delivery replayed after its account went to another tenant stays its first tenant’s', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const [one, two] = [await connectedAccount(ports, off), await connectedAccount(ports, off)]
  await deliver(delivery(one, line(one, '9001', 'm1', 'for one alone', ports.clock.now())))
  await eventually('the line', settled(ports, 1))
  await ports.db.run(
    sql`update connections set status = 'disconnected', account_id = 'gone' where id = ${one.connectionId}`,
  )
  await ports.db.run(
    sql`update connections set account_id = ${one.accountId} where id = ${two.connectionId}`,
  )

  const [kept] = await listDeliveries(ports, everything)
  assert(kept !== undefined)
  await replayDelivery(ports, kept.delivery.id, [one.tenantId], {
    actor: 'system',
    address: null,
    requestId: null,
  })
  await eventually('the replay', settled(ports, 1))
  const rows = await ports.db.many(
    sql`select d.tenant_id, e.tenant_id as event_of, e.outcome from deliveries d join delivery_events e on e.delivery_id = d.id`,
  )
  assert.deepEqual(rows, [
    { tenant_id: one.tenantId, event_of: one.tenantId, outcome: 'unknown_account' },
  ])
  const theirs = await ports.db.many(sql`select 1 from messages where tenant_id = ${two.tenantId}`)
  assert.equal(theirs.length, 0)
})

test('each owner of a delivery is told of a row of its own', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const [one, two] = [await connectedAccount(ports, off), await connectedAccount(ports, off)]
  const told: Happening[] = []
  const stop = ports.signals.onHappening((happening) => told.push(happening))
  const at = ports.clock.now()
  await deliver({
    object: 'instagram',
    entry: [
      { id: one.accountId, time: at, messaging: [line(one, '9001', 'a', 'for one', at)] },
      { id: two.accountId, time: at, messaging: [line(two, '9001', 'b', 'for two', at)] },
    ],
  })
  await eventually('both parts', settled(ports, 2))
  await eventually('the news', () => told.some((one) => one.kind === 'delivery'))
  stop()
  const ids = new Map(
    (await listDeliveries(ports, everything)).map(({ row, delivery: { id } }) => [
      row.tenant_id,
      id,
    ]),
  )
  const toldIds = new Map(
    told
      .filter((happening) => happening.kind === 'delivery')
      .map(({ tenantId, id }) => [tenantId, id]),
  )
  assert.deepEqual(toldIds, ids)
  assert.equal(new Set(ids.values()).size, 2)
})

test('a batch holds no more than its bytes, but always one delivery', async () => {
  await using ports = await testPorts()
  const store = async (id: number, bytes: number): Promise<void> => {
    const uuid = `00000000-0000-7000-8000-${String(id).padStart(12, '0')}`
    const sealed = Buffer.alloc(bytes)
    await insertDeliveries(
      ports.db,
      [{ id: uuid, signedWith: 'instagram', bytes, sealed }],
      new Date(ports.clock.now()),
    )
  }
  for (const [id, bytes] of [60, 30, 20, 10].entries()) await store(id, bytes)
  const take = async (max: { count: number; bytes: number }): Promise<number[]> =>
    (await takeStoredDeliveries(ports.db, max)).map((row) => row.sealed.length)
  assert.deepEqual(await take({ count: 10, bytes: 100 }), [60, 30])
  assert.deepEqual(await take({ count: 10, bytes: 110 }), [60, 30, 20])
  assert.deepEqual(await take({ count: 10, bytes: 50 }), [60])
  assert.deepEqual(await take({ count: 1, bytes: 110 }), [60])
})
