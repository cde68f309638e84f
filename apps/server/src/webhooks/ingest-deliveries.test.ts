import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { connectedAccount, echoAutomation } from '#testing/connected-account.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import type { TestPorts } from '#testing/test-ports.ts'

const off = { ...echoAutomation, responder: null }

const settled = (ports: TestPorts) => async () =>
  (await ports.db.many(sql`select 1 from deliveries where state = 'stored'`)).length === 0

const events = async (ports: TestPorts): Promise<{ kind: string; outcome: string }[]> =>
  await ports.db.many(sql`select kind, outcome from delivery_events order by delivery_id, part, n`)

test('a body of several tenants becomes one row each, sealed for its owner alone', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const [one, two] = [await connectedAccount(ports, off), await connectedAccount(ports, off)]
  const at = ports.clock.now()
  await deliver({
    object: 'instagram',
    entry: [
      { id: one.accountId, time: at, messaging: [line(one, '9001', 'a', 'for one', at)] },
      { id: two.accountId, time: at, messaging: [line(two, '9001', 'b', 'for two', at)] },
      {
        id: '999',
        time: at,
        messaging: [line({ ...one, accountId: '999' }, '9001', 'c', 'for nobody', at)],
      },
    ],
  })
  const rows = await eventually('three rows', async () => {
    const found = await ports.db.many<{
      id: string
      part: number
      tenant_id: string | null
      sealed: Buffer
      state: string
    }>(sql`select id, part, tenant_id, sealed, state from deliveries order by part`)
    return found.length === 3 && found
  })
  assert.deepEqual(
    rows.map((row) => row.tenant_id),
    [one.tenantId, two.tenantId, null],
  )
  const place = (row: { id: string; part: number }) => ({
    table: 'deliveries',
    row: `${row.id}/${row.part}`,
    column: 'sealed',
  })
  const [first, second, third] = rows
  assert(first !== undefined && second !== undefined && third !== undefined)
  const mine = (await ports.vault.tenant(one.tenantId)).open(place(first), first.sealed).toString()
  assert(mine.includes('for one') && !mine.includes('for two') && !mine.includes('for nobody'))
  assert.throws(() => ports.vault.inbox().open(place(first), first.sealed))
  const theirs = (await ports.vault.tenant(two.tenantId))
    .open(place(second), second.sealed)
    .toString()
  assert(theirs.includes('for two') && !theirs.includes('for one'))
  assert.deepEqual(
    (await events(ports)).map((event) => event.outcome),
    ['stored', 'stored', 'unknown_account'],
  )
})

test('signed but not JSON, of an unknown shape, or a dashboard test: kept, visible, answered by nobody', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver, graph } = pipeline
  const account = await connectedAccount(ports)
  const at = ports.clock.now()
  await deliver('just text')
  await deliver({
    object: 'instagram',
    entry: [
      {
        id: account.accountId,
        time: at,
        messaging: [
          {
            sender: { id: '9001' },
            recipient: { id: account.accountId },
            timestamp: at,
            poll_vote: { option: 1 },
          },
        ],
      },
    ],
  })
  await deliver({
    object: 'instagram',
    entry: [
      {
        id: '0',
        time: at,
        messaging: [
          {
            sender: { id: '12334' },
            recipient: { id: '23245' },
            timestamp: '1527459824',
            message: { mid: 'random_mid', text: 'random_text' },
          },
        ],
      },
    ],
  })
  await deliver(
    delivery(account, { nonsense: true }, line(account, '9002', 'good', 'a good line', at)),
  )
  await eventually('all four', settled(ports))
  const states = await ports.db.many<{ state: string }>(
    sql`select state from deliveries order by id`,
  )
  assert.deepEqual(
    states.map((row) => row.state),
    ['not_understood', 'not_understood', 'processed', 'partly_understood'],
  )
  assert.deepEqual(
    (await events(ports)).map((event) => event.outcome),
    ['not_understood', 'stored', 'test', 'not_understood', 'stored'],
  )
  const kinds = await ports.db.many<{ kind: string }>(
    sql`select kind from messages where direction = 'inbound' order by kind`,
  )
  assert.deepEqual(
    kinds.map((row) => row.kind),
    ['text', 'unknown'],
  )
  await eventually('the answer', () => graph.sent.length === 1)
  assert.deepEqual(
    graph.sent.map((one) => one.text),
    ['a good line'],
  )
})

test('an unsend and an edit that come before their line are kept for it', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver, graph } = pipeline
  const account = await connectedAccount(ports)
  const at = ports.clock.now()
  const about = { sender: { id: '9001' }, recipient: { id: account.accountId }, timestamp: at }
  await deliver(
    delivery(
      account,
      { ...about, message: { mid: 'gone', is_deleted: true } },
      { ...about, message_edit: { mid: 'changed', text: 'new text', num_edit: 1 } },
    ),
  )
  await eventually('both', settled(ports))
  await deliver(
    delivery(
      account,
      line(account, '9001', 'gone', 'unsent text', at),
      line(account, '9001', 'changed', 'old text', at),
    ),
  )
  await eventually('the answer', () => graph.sent.length === 1)
  await eventually('both again', settled(ports))
  assert.deepEqual(
    graph.sent.map((one) => one.text),
    ['new text'],
  )
  assert.equal(
    (await ports.db.many(sql`select 1 from messages where mid = 'gone' and sealed is null`)).length,
    1,
  )
})

test('reactions fold by time and seen marks what was sent before', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver, graph } = pipeline
  const account = await connectedAccount(ports)
  const at = ports.clock.now()
  const about = { sender: { id: '9001' }, recipient: { id: account.accountId } }
  await deliver(delivery(account, line(account, '9001', 'm1', 'hi', at)))
  await eventually(
    'the record',
    async () =>
      (await ports.db.many(sql`select 1 from messages where status = 'sent'`)).length === 1,
  )
  await deliver(
    delivery(account, { ...about, timestamp: at + 20, reaction: { mid: 'm1', action: 'unreact' } }),
  )
  await deliver(
    delivery(account, {
      ...about,
      timestamp: at + 10,
      reaction: { mid: 'm1', action: 'react', reaction: 'love', emoji: '❤️' },
    }),
  )
  await deliver(delivery(account, { ...about, timestamp: at + 30, read: { mid: 'mid-1' } }))
  await eventually('all', settled(ports))
  const outcomes = await events(ports)
  assert.deepEqual(
    outcomes.map((event) => `${event.kind} ${event.outcome}`),
    ['message stored', 'reaction stored', 'reaction duplicate', 'seen stored'],
  )
  assert.equal(
    (
      await ports.db.many(
        sql`select 1 from messages where seen_at is not null and direction = 'outbound'`,
      )
    ).length,
    1,
  )
  assert.equal(graph.sent.length, 1)
})

test('one event that always fails is given up alone; a thousand neighbours are stored', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const account = await connectedAccount(ports, off)
  const at = ports.clock.now()
  // The database refuses this one line, whatever is tried.
  await ports.db.run(
    sql`alter table messages add constraint poison check (mid is distinct from 'm500')`,
  )
  await deliver(
    delivery(
      account,
      ...Array.from({ length: 1000 }, (_, n) =>
        line(account, `${9000 + (n % 50)}`, `m${n}`, `line ${n}`, at + n),
      ),
    ),
  )
  await eventually(
    'all but one',
    async () => (await ports.db.many(sql`select 1 from messages`)).length === 999,
  )
  await eventually('the end', settled(ports))
  const bad = (await events(ports)).filter((event) => event.outcome !== 'stored')
  assert.deepEqual(bad, [{ kind: 'message', outcome: 'not_understood' }])
})

test('text with U+0000 and lone surrogates is stored without them', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver, graph } = pipeline
  const account = await connectedAccount(ports)
  await deliver(
    delivery(account, line(account, '9001', 'm1', 'a\u0000b\ud800c', ports.clock.now())),
  )
  await eventually('the answer', () => graph.sent.length === 1)
  assert.deepEqual(
    graph.sent.map((one) => one.text),
    ['abc'],
  )
})
