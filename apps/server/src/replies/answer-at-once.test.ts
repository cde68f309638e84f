import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Automation } from '@parley/contract/automation.ts'
import { sql } from '#ports/database.ts'
import { connectedAccount, echoAutomation } from '#testing/connected-account.ts'
import type { ConnectedAccount } from '#testing/connected-account.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { useGrant } from '#tokens/use-grant.ts'

/** The account's token in hand, as after its first answer. */
const warm = async (ports: TestPorts, account: ConnectedAccount): Promise<void> =>
  void (await useGrant(ports, account, 'send'))

/** A trigger function that raises an error the first time. */
const failOnce = async (ports: TestPorts): Promise<void> => {
  await ports.db.run(sql`create sequence tries`)
  await ports.db.run(sql`
    create function fail_once() returns trigger language plpgsql as $$
    begin
      if nextval('tries') = 1 then raise exception 'once'; end if;
      return new;
    end $$`)
}

const outbound = async (ports: TestPorts): Promise<string> => {
  const rows = await ports.db.many<{ status: string }>(
    sql`select status from messages where direction = 'outbound' order by seq`,
  )
  return rows.map((row) => row.status).join()
}

/** Woken only by those who leave a lane something to do. */
const wakes = async (ports: TestPorts): Promise<number> =>
  (await ports.db.one<{ sum: number }>(sql`select sum(wanted)::integer as sum from lanes`)).sum

test('a line that need not wait is answered in the transaction that stores it', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  await warm(ports, account)
  const atMs = ports.clock.now() - 1000
  await deliver(
    delivery(
      account,
      line(account, '9001', 'm1', 'one', atMs),
      line(account, '9001', 'm2', 'two', atMs + 1),
    ),
  )
  await eventually('the record', async () => (await outbound(ports)) === 'sent')
  assert.deepEqual(
    graph.sent.map((one) => one.text),
    ['one\ntwo'],
  )
  const facts = await ports.db.one(sql`
    select c.line_epoch, c.window_opened_at, c.last_message_at, t.line_epoch as decided_at_line, cardinality(t.lines) as lines,
      (select count(*)::integer from waiting_lines) as waiting,
      (select count(*)::integer from audit_log where action = 'message.decided') as audited
    from conversations c join turns t on t.conversation_id = c.id`)
  assert.deepEqual(facts, {
    line_epoch: 2,
    window_opened_at: new Date(atMs + 1),
    last_message_at: new Date(atMs + 1),
    decided_at_line: 2,
    lines: 2,
    waiting: 0,
    audited: 1,
  })
  assert.equal(await wakes(ports), 0)
})

test('an answer of several messages begins at once and goes on by its lane, a handover with it', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const automation: Automation = {
    ...echoAutomation,
    flow: {
      version: 1,
      start: 'first',
      steps: {
        first: { type: 'message', text: 'first', next: 'second' },
        second: { type: 'message', text: 'second', next: 'person' },
        person: { type: 'handover', text: 'third' },
      },
    },
  }
  const account = await connectedAccount(ports, automation)
  await warm(ports, account)
  await deliver(delivery(account, line(account, '9001', 'm1', 'hi', ports.clock.now())))
  await eventually('the records', async () => (await outbound(ports)) === 'sent,sent,sent')
  assert.deepEqual(
    graph.sent.map((one) => one.text),
    ['first', 'second', 'third'],
  )
  const { mode } = await ports.db.one<{ mode: string }>(sql`select mode from conversations`)
  assert.equal(mode, 'human')
  // Nobody answers what comes now.
  await deliver(delivery(account, line(account, '9001', 'm2', 'and now?', ports.clock.now())))
  await eventually(
    'the line',
    async () => (await ports.db.many(sql`select 1 from waiting_lines`)).length === 1,
  )
  assert.equal(graph.sent.length, 3)
})

test('an answer whose transaction fails is not sent; the line is answered when it is worked again', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  await warm(ports, account)
  await failOnce(ports)
  await ports.db.run(sql`
    create trigger fail_once before insert on delivery_events for each row execute function fail_once()`)
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually('the record', async () => (await outbound(ports)) === 'sent')
  assert.equal(graph.sent.length, 1)
  const { last_value: tries } = await ports.db.one<{ last_value: number }>(
    sql`select last_value from tries`,
  )
  assert.equal(tries, 2)
  // Alone it waits, so that its lane answers.
  assert.equal(await wakes(ports), 1)
})

test('after an answer that could not be written, lines go by their lanes for a while', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  await warm(ports, account)
  await failOnce(ports)
  await ports.db.run(
    sql`create trigger fail_once before insert on turns for each row execute function fail_once()`,
  )
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually('the record', async () => (await outbound(ports)) === 'sent')
  await deliver(delivery(account, line(account, '9002', 'm2', 'two', ports.clock.now())))
  await eventually('the next', async () => (await outbound(ports)) === 'sent,sent')
  assert.equal(await wakes(ports), 2)
  assert.deepEqual(
    graph.sent.map((one) => one.text),
    ['one', 'two'],
  )
})

test('an account whose token is not in hand is answered by the lane, which fetches it', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually('the record', async () => (await outbound(ports)) === 'sent')
  assert.equal(await wakes(ports), 1)
  await deliver(delivery(account, line(account, '9002', 'm2', 'two', ports.clock.now())))
  await eventually('the next', async () => (await outbound(ports)) === 'sent,sent')
  assert.equal(await wakes(ports), 1)
  assert.equal(graph.sent.length, 2)
})

test('a quiet time makes lines wait', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports, { ...echoAutomation, quietMs: 400 })
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually(
    'the line',
    async () => (await ports.db.many(sql`select 1 from waiting_lines`)).length === 1,
  )
  assert.equal(graph.sent.length, 0)
  assert.equal(await wakes(ports), 1)
})
