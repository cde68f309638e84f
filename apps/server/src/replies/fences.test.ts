import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queueReply } from '#replies/queue-reply.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { connectedAccount, echoAutomation } from '#testing/connected-account.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import { testPorts } from '#testing/test-ports.ts'
import { receiveLines } from '#conversations/receive-lines.ts'
import { useGrant } from '#tokens/use-grant.ts'
import { Circuits } from './circuits.ts'
import { commitAnswers, markDepartures } from './depart.ts'
import { Heartbeat } from './heartbeat.ts'
import { readLanes } from './read-lanes.ts'
import { claimLanes, rouseForsaken } from './store-lanes.ts'

const outboundCount = async (db: Queryable): Promise<number> =>
  (await db.many(sql`select 1 from messages where direction = 'outbound'`)).length

test('a worker whose lane another one took over commits no answer and marks nothing as sending', async () => {
  await using ports = await testPorts()
  const account = await connectedAccount(ports)
  await ports.db.transaction(async (db) => {
    const content = { text: 'hi' }
    const shared = { ...account, igsid: '9001', author: 'person', kind: 'text', content } as const
    const flags = { answerable: true, opensWindow: true, pauses: false }
    await receiveLines(ports, db, [{ ...shared, ...flags, mid: 'm1', atMs: ports.clock.now() }])
  })
  await using heartbeat = await Heartbeat.start(ports, 'worker-a')
  using circuits = new Circuits(ports.clock, { probe: async () => true, onClosed: () => undefined })
  const sending = { ports, heartbeat, circuits }
  const claim = { countMax: 10, held: [], except: [] }
  const lanes = await claimLanes(ports.db, { ...claim, owner: 'worker-a' })
  const [reading] = await readLanes(ports, lanes)
  assert(reading !== undefined && 'facts' in reading)
  const grant = await useGrant(ports, account, 'send')

  // The worker freezes; its lease falls to another.
  await ports.db.run(sql`update lanes set lease_owner = 'gone', ready_at = clock_timestamp()`)
  assert.equal((await claimLanes(ports.db, { ...claim, owner: 'worker-b' })).length, 1)
  const late = await commitAnswers(sending, [{ facts: reading.facts, grant }])
  assert.deepEqual(late.leaves, [])
  assert.equal(await outboundCount(ports.db), 0)

  // The same fence under another owner, as after a lost claim, is no lease either.
  await ports.db.run(sql`update lanes set fence = 1, lease_owner = 'worker-b'`)
  assert.deepEqual((await commitAnswers(sending, [{ facts: reading.facts, grant }])).leaves, [])

  await ports.db.run(sql`update lanes set fence = 1, lease_owner = 'worker-a'`)
  assert.equal((await commitAnswers(sending, [{ facts: reading.facts, grant }])).leaves.length, 1)
  await ports.db.run(sql`update messages set status = 'queued' where direction = 'outbound'`)
  const [queued] = await readLanes(ports, lanes)
  assert(queued !== undefined && 'facts' in queued && queued.facts.head !== undefined)
  await ports.db.run(sql`update lanes set fence = 2`)
  const send = { facts: queued.facts, grant, head: queued.facts.head }
  assert.deepEqual((await markDepartures(sending, [send])).leaves, [])
})

test('a lane an answer at once took is ready again when nobody living knows of it, and not before', async () => {
  await using ports = await testPorts()
  const { db } = ports
  const [id, message] = [ports.random.uuid(1), ports.random.uuid(2)]
  const before = new Date(ports.clock.now())
  await db.run(sql`
    insert into lanes (conversation_id, tenant_id, connection_id, lease_owner, fence) values (${id}, 't', ${id}, 'worker-a', 1)`)
  await db.run(sql`
    insert into outbound_parts (conversation_id, message_id, tenant_id, connection_id, is_first, fence, queued_at, attempt_at, next_at)
    values (${id}, ${message}, 't', ${id}, true, 1, ${before}, ${before}, ${before})`)
  const isReady = async (by: {
    owner: string
    held?: string[]
    before: Date
  }): Promise<boolean> => {
    await rouseForsaken(db, { held: [], ...by })
    return (await db.many(sql`select 1 from lanes where ready_at is not null`)).length > 0
  }
  const later = new Date(before.getTime() + 1)
  await db.run(sql`insert into workers (id, seen_at) values ('worker-a', clock_timestamp())`)
  assert.equal(await isReady({ owner: 'worker-b', before: later }), false)
  assert.equal(await isReady({ owner: 'worker-a', before: later, held: [id] }), false)
  assert.equal(await isReady({ owner: 'worker-a', before }), false)
  assert.equal(await isReady({ owner: 'worker-a', before: later }), true)
  await db.run(sql`update lanes set ready_at = null`)
  await db.run(sql`update workers set seen_at = clock_timestamp() - interval '5 seconds'`)
  assert.equal(await isReady({ owner: 'worker-b', before }), true)
})

test('what was prepared before a freeze is not sent after it', async () => {
  let nowMs = 0
  await using ports = await testPorts()
  const clock = { now: () => 0, monotonicMs: () => nowMs }
  await using heartbeat = await Heartbeat.start({ ...ports, clock }, 'worker')
  assert(heartbeat.isFresh(nowMs))
  nowMs = 2_999
  assert(heartbeat.isFresh() && heartbeat.isFresh(0))
  nowMs = 3_000
  assert(!heartbeat.isFresh() && !heartbeat.isFresh(0))
})

test('a person may write into a parked conversation', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports, { ...echoAutomation, responder: null })
  await deliver(delivery(account, line(account, '9001', 'm1', 'hi', ports.clock.now())))
  const conversation = await eventually('the conversation', async () => {
    const [row] = await ports.db.many<{ id: string }>(sql`select id from conversations`)
    return row
  })
  await ports.db.run(sql`
    insert into lanes (conversation_id, tenant_id, connection_id, parked, parked_at, failures)
    select id, tenant_id, connection_id, 'automation/step-failed', now(), 5 from conversations`)
  await ports.db.run(sql`update conversations set sealed_flow_state = 'broken'::bytea`)
  const request = { text: 'A person here' }
  const by = { author: 'operator', actor: 'operator:1', requestId: 'r', tenants: null } as const
  await queueReply(ports, { ...by, request, conversationId: conversation.id })
  await eventually('the reply', () => graph.sent.some((one) => one.text === 'A person here'))
  assert.equal((await ports.db.many(sql`select 1 from waiting_lines`)).length, 0)
})

test('a person who answers puts an end to the answer that waits for its next try, for good', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  graph.faults.push({ status: 500, error: { code: 2, is_transient: true } })
  await deliver(delivery(account, line(account, '9001', 'm1', 'hi', ports.clock.now())))
  const conversation = await eventually('the failed try', async () => {
    const rows = await ports.db.many<{ id: string }>(
      sql`select conversation_id as id from outbound_parts where tries = 1`,
    )
    return rows[0]
  })
  const by = { author: 'operator', actor: 'operator:1', requestId: 'r', tenants: null } as const
  await queueReply(ports, {
    ...by,
    request: { text: 'A person here' },
    conversationId: conversation.id,
  })
  await eventually('the reply', () => graph.sent.length === 1)
  ports.clock.advance(60_000)
  await eventually('a resting lane', async () => {
    const rows = await ports.db.many(sql`select 1 from lanes where ready_at is null`)
    return rows.length === 1
  })
  assert.deepEqual(
    graph.sent.map((one) => one.text),
    ['A person here'],
  )
  assert.equal((await ports.db.many(sql`select 1 from waiting_lines`)).length, 0)
  assert.equal((await ports.db.many(sql`select 1 from outbound_parts`)).length, 0)
})

test('a token that dies while a message is in doubt parks nobody; after a reconnect it is settled', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  graph.faults.push('lost-answer')
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  const doubt = async (): Promise<boolean> =>
    (await ports.db.many(sql`select 1 from messages where status = 'unknown'`)).length === 1
  await eventually('doubt', doubt)
  const setStatus = async (status: string): Promise<void> => {
    await ports.db.run(sql`update connections set status = ${status}`)
    await ports.db.run(sql`update grants set status = ${status}`)
    const { connectionId, tenantId } = account
    ports.signals.tell([{ kind: 'connection', id: connectionId, connectionId, tenantId }])
  }
  await setStatus('needs_reauth')
  ports.clock.advance(16_000)
  await eventually('a look in vain', async () => {
    const rows = await ports.db.many(
      sql`select 1 from outbound_parts where next_at > ${new Date(ports.clock.now())}`,
    )
    return rows.length === 1
  })
  assert.equal(
    (await ports.db.many(sql`select 1 from lanes where parked is not null or failures > 0`)).length,
    0,
  )
  await setStatus('active')
  ports.clock.advance(21_000)
  await eventually('the record', async () => !(await doubt()))
  assert.equal(graph.sent.length, 1)
})

test('the rest of an answer follows at once when its first message is settled by the echo', async () => {
  await using pipeline = await testPipeline('running')
  const { ports, graph, deliver } = pipeline
  const flow = {
    version: 1,
    start: 'a',
    steps: {
      a: { type: 'message', text: 'first', next: 'b' },
      b: { type: 'message', text: 'second', next: null },
    },
  } as const
  const account = await connectedAccount(ports, { ...echoAutomation, flow })
  graph.faults.push('lost-answer')
  await deliver(delivery(account, line(account, '9001', 'm1', 'hi', ports.clock.now())))
  await eventually(
    'doubt',
    async () =>
      (await ports.db.many(sql`select 1 from messages where status = 'unknown'`)).length === 1,
  )
  const beganMs = performance.now()
  const message = { mid: 'mid-1', text: 'first', is_echo: true }
  const echo = {
    sender: { id: account.accountId },
    recipient: { id: '9001' },
    timestamp: ports.clock.now(),
    message,
  }
  await deliver(delivery(account, echo))
  await eventually('the second', () => graph.sent.length === 2)
  // Not after the fifteen seconds a doubt waits for its look.
  assert(performance.now() - beganMs < 10_000)
})

test('a refused Human Agent tag fails the message and leaves the account its messages', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports, { ...echoAutomation, responder: null })
  await deliver(delivery(account, line(account, '9001', 'm1', 'hi', ports.clock.now())))
  const conversation = await eventually(
    'the conversation',
    async () => (await ports.db.many<{ id: string }>(sql`select id from conversations`))[0],
  )
  graph.faults.push({ status: 403, error: { code: 200 } })
  const by = { author: 'operator', actor: 'operator:1', requestId: 'r', tenants: null } as const
  await queueReply(ports, {
    ...by,
    request: { text: 'late', humanAgent: true },
    conversationId: conversation.id,
  })
  await eventually(
    'the refusal',
    async () =>
      (
        await ports.db.many(
          sql`select 1 from messages where error_code = 'replies/human-agent-closed'`,
        )
      ).length === 1,
  )
  await queueReply(ports, { ...by, request: { text: 'in time' }, conversationId: conversation.id })
  await eventually('the next', () => graph.sent.some((one) => one.text === 'in time'))
})
