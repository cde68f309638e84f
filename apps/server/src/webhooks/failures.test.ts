import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { connectedAccount, echoAutomation } from '#testing/connected-account.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { forgetUnowned } from './forget-unowned.ts'
import { replayDelivery } from './replay-delivery.ts'

const off = { ...echoAutomation, responder: null }

type Row = { id: string; state: string; attempts: number; waits: boolean; kept: boolean }

const deliveries = async (ports: TestPorts): Promise<Row[]> =>
  await ports.db.many<Row>(sql`
    select id, state, attempts, retry_at is not null as waits, sealed is not null as kept from deliveries order by id`)

const events = async (ports: TestPorts): Promise<{ kind: string; outcome: string }[]> =>
  await ports.db.many(sql`select kind, outcome from delivery_events order by delivery_id, part, n`)

/** From now on the database fails with this code on every row of a message (or of its event). */
async function failOnMessages(db: Queryable, code: 'deadlock' | 'bug'): Promise<void> {
  if (code === 'deadlock') {
    await db.run(sql`
      create function fail() returns trigger language plpgsql as
      $$begin raise exception 'deadlock detected' using errcode = '40P01'; end$$`)
    await db.run(
      sql`create trigger fail before insert on messages for each row execute function fail()`,
    )
    return
  }
  await db.run(sql`
    create function fail() returns trigger language plpgsql as
    $$begin raise exception 'a bug' using errcode = 'P0001'; end$$`)
  await db.run(sql`
    create trigger fail before insert on delivery_events
    for each row when (new.kind = 'message') execute function fail()`)
}

test('a failure that will pass never makes a line "not understood", however often it comes', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const account = await connectedAccount(ports, off)
  await failOnMessages(ports.db, 'deadlock')
  await deliver(delivery(account, line(account, '9001', 'm1', 'hello', ports.clock.now())))
  await eventually('the first failure', async () => (await deliveries(ports))[0]?.waits)
  // The next look takes its events apart.
  await ports.db.run(sql`update deliveries set attempts = 7, retry_at = null`)
  await eventually('the next failure', async () => (await deliveries(ports))[0]?.waits)
  assert.deepEqual(
    (await deliveries(ports)).map(({ state, attempts }) => ({ state, attempts })),
    [{ state: 'stored', attempts: 7 }],
  )
  assert.deepEqual(await events(ports), [])
  await ports.db.run(sql`drop function fail() cascade`)
  await eventually('the line', async () => (await deliveries(ports))[0]?.state === 'processed')
  assert.deepEqual(await events(ports), [{ kind: 'message', outcome: 'stored' }])
})

test('what was given up and never worked again is gone after ninety days', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const account = await connectedAccount(ports, off)
  await failOnMessages(ports.db, 'bug')
  await deliver(delivery(account, line(account, '9001', 'm1', 'hello', ports.clock.now())))
  await eventually('the first failure', async () => (await deliveries(ports))[0]?.waits)
  await ports.db.run(
    sql`update deliveries set attempts = 7, retry_at = null where state = 'stored'`,
  )
  await eventually('the end', async () => (await deliveries(ports))[0]?.state === 'not_understood')
  ports.clock.advance(89 * 86_400_000)
  await forgetUnowned(ports)
  assert.equal((await deliveries(ports)).length, 1)
  ports.clock.advance(2 * 86_400_000)
  await forgetUnowned(ports)
  assert.deepEqual([await deliveries(ports), await events(ports)], [[], []])
})

test('a delivery that was given up keeps its body for ninety days, and can be worked again', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const account = await connectedAccount(ports, off)
  await failOnMessages(ports.db, 'bug')
  await deliver('just text')
  await deliver(delivery(account, line(account, '9001', 'm1', 'hello', ports.clock.now())))
  await eventually('the first failure', async () => (await deliveries(ports))[1]?.waits)
  await ports.db.run(
    sql`update deliveries set attempts = 7, retry_at = null where state = 'stored'`,
  )
  await eventually(
    'the end',
    async () => (await deliveries(ports))[1]?.state === 'not_understood' && true,
  )
  assert.deepEqual(await events(ports), [
    { kind: 'delivery', outcome: 'not_understood' },
    { kind: 'failure', outcome: 'not_understood' },
  ])

  ports.clock.advance(8 * 86_400_000)
  await forgetUnowned(ports)
  // What could not be read is gone, with its events.
  const [kept, ...others] = await deliveries(ports)
  assert(kept !== undefined && kept.kept && others.length === 0)
  assert.deepEqual(await events(ports), [{ kind: 'failure', outcome: 'not_understood' }])
  await ports.db.run(sql`drop function fail() cascade`)
  await replayDelivery(ports, kept.id, null, { actor: 'system', address: null, requestId: null })
  await eventually('the line', async () => (await deliveries(ports))[0]?.state === 'processed')
  assert.deepEqual(await events(ports), [{ kind: 'message', outcome: 'stored' }])
})

test('an echo waits for the send it may belong to without using up tries, and at most a minute', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  const gate = Promise.withResolvers<void>()
  graph.hold = gate.promise
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually('the message', () => graph.sent.length === 1)
  const echo = {
    sender: { id: account.accountId },
    recipient: { id: '9001' },
    timestamp: ports.clock.now(),
    message: { mid: 'by-hand', text: 'something else', is_echo: true },
  }
  await deliver(delivery(account, echo))
  await eventually('the wait', async () => (await deliveries(ports))[1]?.waits)
  await ports.db.run(sql`update deliveries set retry_at = null where state = 'stored'`)
  await eventually('another wait', async () => (await deliveries(ports))[1]?.waits)
  assert.equal((await deliveries(ports))[1]?.attempts, 0)

  ports.clock.advance(60_000)
  await eventually('the end', async () => (await deliveries(ports))[1]?.state === 'processed')
  const stored = await ports.db.many(sql`select author from messages where mid = 'by-hand'`)
  assert.deepEqual(stored, [{ author: 'instagram_app' }])
  gate.resolve()
  graph.hold = undefined
})
