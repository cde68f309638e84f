import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { connectedAccount, echoAutomation } from '#testing/connected-account.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import type { TestPorts } from '#testing/test-ports.ts'

const outbound = async (
  ports: TestPorts,
): Promise<{ status: string; mid: string | null; error_code: string | null }[]> =>
  await ports.db.many(
    sql`select status, mid, error_code from messages where direction = 'outbound' order by seq`,
  )

const statusIs = (ports: TestPorts, status: string) => async () =>
  (await outbound(ports)).some((row) => row.status === status)

const echo = (
  accountId: string,
  igsid: string,
  mid: string,
  text: string,
  atMs: number,
): object => ({
  sender: { id: accountId },
  recipient: { id: igsid },
  timestamp: atMs,
  message: { mid, text, is_echo: true, app_id: 1 },
})

test('a lost answer is settled by the echo, and nothing is said twice', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  graph.faults.push('lost-answer')
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually('doubt', statusIs(ports, 'unknown'))
  await deliver(delivery(account, line(account, '9001', 'm2', 'two', ports.clock.now())))
  await deliver(
    delivery(account, echo(account.accountId, '9001', 'mid-1', 'one', ports.clock.now())),
  )
  await eventually('both answers', () => graph.sent.length === 2)
  await eventually('both records', async () =>
    (await outbound(ports)).every((row) => row.status === 'sent'),
  )
  assert.deepEqual(
    graph.sent.map((one) => one.text),
    ['one', 'two'],
  )
  assert.deepEqual(
    (await outbound(ports)).map((row) => row.mid),
    ['mid-1', 'mid-2'],
  )
})

test('a lost answer without an echo is found by reading the conversation', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  graph.faults.push('lost-answer')
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually('doubt', statusIs(ports, 'unknown'))
  ports.clock.advance(15_000)
  await eventually('the record', statusIs(ports, 'sent'))
  assert.equal(graph.sent.length, 1)
})

test('a message that never arrived is sent again only after two reads twenty seconds apart', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  graph.faults.push('cut-before')
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually('doubt', statusIs(ports, 'unknown'))
  const reads = async (): Promise<number> =>
    (
      await ports.db.one<{ n: number }>(
        sql`select coalesce(sum(absent_reads), 0)::integer as n from outbound_parts`,
      )
    ).n
  ports.clock.advance(15_000)
  await eventually('the first read', async () => (await reads()) === 1)
  ports.clock.advance(19_000)
  assert.equal(graph.sent.length, 0)
  ports.clock.advance(2_000)
  await eventually('the answer', () => graph.sent.length === 1)
  await eventually('the record', statusIs(ports, 'sent'))
  assert.equal(graph.sent.length, 1)
})

test('a refusal that will pass is repeated, and order is kept', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  graph.faults.push({ status: 500, error: { code: 2, is_transient: true } }, 'no-connection')
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually('the first try', statusIs(ports, 'queued'))
  await deliver(delivery(account, line(account, '9001', 'm2', 'two', ports.clock.now())))
  ports.clock.advance(3_000)
  // The newer line took the place of what was refused first.
  await eventually(
    'the second refusal',
    async () =>
      graph.faults.length === 0 &&
      (await outbound(ports)).map((row) => row.status).join() === 'dropped,queued',
  )
  ports.clock.advance(3_000)
  await eventually('the answers', async () =>
    (await outbound(ports)).some((row) => row.status === 'sent'),
  )
  const lines = graph.sent.flatMap((one) => one.text.split('\n'))
  assert.deepEqual([...new Set(lines)], lines)
  await eventually(
    'every line',
    () => graph.sent.flatMap((one) => one.text.split('\n')).join() === 'one,two',
  )
})

test('when Meta says the window is closed, a person gets the conversation with the reason', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  graph.faults.push({ status: 403, error: { code: 10, error_subcode: 2534022 } })
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually('the failure', statusIs(ports, 'failed'))
  const [row] = await ports.db.many<{ mode: string; mode_reason: string }>(
    sql`select mode, mode_reason from conversations`,
  )
  assert.deepEqual(row, { mode: 'human', mode_reason: 'replies/window-closed' })
  assert.equal((await outbound(ports))[0]?.error_code, 'replies/window-closed')
})

test('a line written in the Instagram app pauses the automation', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  await deliver(
    delivery(
      account,
      echo(account.accountId, '9001', 'by-hand', 'Hello, Ana here', ports.clock.now()),
    ),
  )
  await eventually(
    'the pause',
    async () =>
      (
        await ports.db.many(
          sql`select 1 from conversations where mode = 'human' and mode_reason = 'instagram_app'`,
        )
      ).length === 1,
  )
  await deliver(delivery(account, line(account, '9001', 'm1', 'thanks', ports.clock.now())))
  await eventually(
    'the line',
    async () => (await ports.db.many(sql`select 1 from messages where mid = 'm1'`)).length === 1,
  )
  await eventually(
    'a resting lane',
    async () =>
      (await ports.db.many(sql`select 1 from lanes where ready_at is null and lease_owner is null`))
        .length === 1,
  )
  assert.equal(graph.sent.length, 0)
})

test('an echo that outruns the answer of its own send is ours', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  const gate = Promise.withResolvers<void>()
  graph.hold = gate.promise
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually('the message', () => graph.sent.length === 1)
  await deliver(
    delivery(account, echo(account.accountId, '9001', 'mid-1', 'one', ports.clock.now())),
  )
  await eventually('the record', statusIs(ports, 'sent'))
  gate.resolve()
  graph.hold = undefined
  await eventually(
    'an idle lane',
    async () =>
      (await ports.db.many(sql`select 1 from lanes where lease_owner is null`)).length === 1,
  )
  const rows = await ports.db.many<{ mode: string }>(sql`select mode from conversations`)
  assert.deepEqual(rows, [{ mode: 'automated' }])
  assert.equal((await outbound(ports)).length, 1)
})

test('an echo that fits nothing under way waits for the send, and becomes one with it', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  const gate = Promise.withResolvers<void>()
  graph.hold = gate.promise
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually('the message', () => graph.sent.length === 1)
  await deliver(
    delivery(
      account,
      echo(account.accountId, '9001', 'mid-1', 'one, as Meta reworded it', ports.clock.now()),
    ),
  )
  await eventually(
    'the wait',
    async () =>
      (
        await ports.db.many(
          sql`select 1 from deliveries where state = 'stored' and retry_at is not null`,
        )
      ).length === 1,
  )
  gate.resolve()
  await eventually('the record', statusIs(ports, 'sent'))
  await eventually(
    'the echo',
    async () =>
      (await ports.db.many(sql`select 1 from deliveries where state = 'stored'`)).length === 0,
  )
  assert.deepEqual(await ports.db.many(sql`select mode from conversations`), [
    { mode: 'automated' },
  ])
  assert.equal((await outbound(ports)).length, 1)
})

test('three quick lines get one answer', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports, { ...echoAutomation, quietMs: 5000 })
  const start = ports.clock.now()
  for (const [n, text] of ['one', 'two', 'three'].entries()) {
    await deliver(delivery(account, line(account, '9001', `m${n}`, text, start + n * 1000)))
    ports.clock.advance(1000)
  }
  await eventually(
    'three lines',
    async () => (await ports.db.many(sql`select 1 from waiting_lines`)).length === 3,
  )
  assert.equal(graph.sent.length, 0)
  ports.clock.advance(6000)
  await eventually('the answer', () => graph.sent.length === 1)
  assert.deepEqual(
    graph.sent.map((one) => one.text),
    ['one\ntwo\nthree'],
  )
})

test('a person who unsends a line gets no answer to it, and an edited line is answered as it is now', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports, { ...echoAutomation, quietMs: 5000 })
  const at = ports.clock.now()
  await deliver(
    delivery(
      account,
      line(account, '9001', 'gone', 'secret', at),
      line(account, '9001', 'kept', 'cofee', at + 1),
    ),
  )
  await eventually(
    'two lines',
    async () => (await ports.db.many(sql`select 1 from waiting_lines`)).length === 2,
  )
  const about = { sender: { id: '9001' }, recipient: { id: account.accountId }, timestamp: at + 2 }
  await deliver(
    delivery(
      account,
      { ...about, message: { mid: 'gone', is_deleted: true } },
      { ...about, message_edit: { mid: 'kept', text: 'coffee', num_edit: 1 } },
    ),
  )
  await eventually(
    'the tombstone',
    async () =>
      (
        await ports.db.many(
          sql`select 1 from messages where mid = 'gone' and sealed is null and deleted_at is not null`,
        )
      ).length === 1,
  )
  ports.clock.advance(6000)
  await eventually('the answer', () => graph.sent.length > 0)
  assert.deepEqual(
    graph.sent.map((one) => one.text),
    ['coffee'],
  )
})

test('a poisoned conversation is parked and shown; its neighbours go on', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  await deliver(delivery(account, line(account, '9001', 'm1', 'poison', ports.clock.now())))
  await eventually('the answer', () => graph.sent.length === 1)
  // A flow state that does not open stands for a handler that always throws.
  await ports.db.run(sql`update conversations set sealed_flow_state = 'broken'::bytea`)
  await deliver(
    delivery(
      account,
      line(account, '9001', 'm2', 'more poison', ports.clock.now()),
      line(account, '9002', 'm3', 'neighbour', ports.clock.now()),
    ),
  )
  await eventually('the neighbour', () => graph.sent.some((one) => one.text === 'neighbour'))
  await ports.db.run(sql`update lanes set failures = 4 where failures > 0`)
  await eventually('the parking', async () => {
    await ports.db.run(
      sql`update lanes set ready_at = clock_timestamp(), failures = 4 where failures between 1 and 3`,
    )
    return (await ports.db.many(sql`select 1 from lanes where parked is not null`)).length === 1
  })
  await deliver(delivery(account, line(account, '9003', 'm4', 'another', ports.clock.now())))
  await eventually('another neighbour', () => graph.sent.some((one) => one.text === 'another'))
})
