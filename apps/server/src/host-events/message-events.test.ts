import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handToHuman } from '#conversations/hand-to-human.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { LaneRunner } from '#replies/lane-runner.ts'
import { settleByEcho } from '#replies/settle-by-echo.ts'
import { connectedAccount, echoAutomation } from '#testing/connected-account.ts'
import type { ConnectedAccount } from '#testing/connected-account.ts'
import { fakeGraph } from '#testing/fake-graph.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { useGrant } from '#tokens/use-grant.ts'
import { DeliveryIngester } from '#webhooks/delivery-ingester.ts'
import { createKeepDelivery } from '#webhooks/keep-delivery.ts'

/** A public address nobody calls here: events are only written down. */
const url = 'https://93.184.216.34/hook'

async function listen(ports: TestPorts, events?: string[]) {
  const { call, asHost } = testApp(ports)
  const made = await call('POST', '/v1/host-endpoints', { body: { url, events }, headers: asHost })
  assert.equal(made.status, 201, made.text)
  /** What was told, oldest first. */
  const told = async () =>
    (await call('GET', '/v1/host-events?limit=100', { headers: asHost })).json.data.toReversed()
  const types = async (): Promise<string> =>
    (await told()).map(({ type }: { type: string }) => type).join()
  return { call, asHost, told, types }
}

const handingOver = {
  ...echoAutomation,
  flow: {
    version: 1 as const,
    start: 'bye',
    steps: { bye: { type: 'handover' as const, text: 'A colleague takes over.' } },
  },
}

for (const manner of ['at once', 'by its lane']) {
  test(`a line and its answer are told, answered ${manner}`, async () => {
    await using pipeline = await testPipeline()
    const { ports, deliver } = pipeline
    const account = await connectedAccount(ports)
    if (manner === 'at once') await useGrant(ports, account, 'send')
    const { told, types } = await listen(ports)
    const body = delivery(account, line(account, '9001', 'm1', 'a-canary', ports.clock.now()))
    await deliver(body)
    await deliver(body)
    await eventually('both', async () => (await types()) === 'message.received,message.sent')
    const [received, sent] = await told()
    const { conversationId, messageId, ...data } = received.data
    assert.deepEqual(data, {
      tenantId: account.tenantId,
      connectionId: account.connectionId,
      mid: 'm1',
      author: 'person',
      kind: 'text',
      at: new Date(ports.clock.now()).toISOString(),
      person: { igsid: '9001' },
    })
    assert.deepEqual(
      [sent.data.conversationId, sent.data.mid, sent.data.author, sent.data.kind],
      [conversationId, 'mid-1', 'automation', 'text'],
    )
    assert.notEqual(sent.data.messageId, messageId)
    assert.doesNotMatch(JSON.stringify([received, sent]), /canary/)
  })

  test(`a handover is told, answered ${manner}`, async () => {
    await using pipeline = await testPipeline()
    const { ports, deliver } = pipeline
    const account = await connectedAccount(ports, handingOver)
    if (manner === 'at once') await useGrant(ports, account, 'send')
    const { told, types } = await listen(ports, ['conversation.handed_over'])
    await deliver(delivery(account, line(account, '9001', 'm1', 'hello', ports.clock.now())))
    await eventually('handover', async () => (await types()) === 'conversation.handed_over')
    const [event] = await told()
    assert.equal(event.data.reason, 'handover')
    assert.ok(event.data.conversationId)
  })
}

test('what is written in the Instagram app is told as sent', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const account = await connectedAccount(ports)
  const { told, types } = await listen(ports)
  await deliver(
    delivery(account, {
      sender: { id: account.accountId },
      recipient: { id: '9001' },
      timestamp: ports.clock.now(),
      message: { mid: 'm1', text: 'by hand', is_echo: true, app_id: 1 },
    }),
  )
  await eventually('told', async () => (await types()) === 'message.sent')
  assert.equal((await told())[0].data.author, 'instagram_app')
})

test('a send whose outcome is learned from its echo is told once', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  const { told, types } = await listen(ports, ['message.sent'])
  graph.faults.push('lost-answer')
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually('shown', () => graph.sent.length === 1)
  const echo = {
    sender: { id: account.accountId },
    recipient: { id: '9001' },
    timestamp: ports.clock.now(),
    message: { mid: 'mid-1', text: 'one', is_echo: true, app_id: 1 },
  }
  await deliver(delivery(account, echo))
  await deliver(delivery(account, echo))
  await eventually('told', async () => (await types()) === 'message.sent')
  assert.equal((await told())[0].data.author, 'automation')
})

test('a refused message is told with its code, and who gets the conversation', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  const { told, types } = await listen(ports, ['message.failed', 'conversation.handed_over'])
  graph.faults.push({ error: { code: 10, error_subcode: 2534022 }, status: 400 })
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually(
    'both',
    async () => (await types()) === 'message.failed,conversation.handed_over',
  )
  const [failed, handed] = await told()
  assert.equal(failed.data.error, 'replies/window-closed')
  assert.equal(handed.data.reason, 'replies/window-closed')
  assert.equal(failed.data.conversationId, handed.data.conversationId)
})

test('what an endpoint does not want is not written', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const account = await connectedAccount(ports)
  const { types } = await listen(ports, ['message.sent'])
  await deliver(delivery(account, line(account, '9001', 'm1', 'one', ports.clock.now())))
  await eventually('sent', async () => (await types()) === 'message.sent')
})

/** Every statement that passes. */
function spied(ports: TestPorts): { ports: TestPorts; statements: string[] } {
  const statements: string[] = []
  const watch = (db: Queryable): Queryable => {
    const note = <Of extends { text: string }>(statement: Of): Of => {
      statements.push(statement.text)
      return statement
    }
    return {
      many: async (statement) => await db.many(note(statement)),
      one: async (statement) => await db.one(note(statement)),
      maybe: async (statement) => await db.maybe(note(statement)),
      run: async (statement) => await db.run(note(statement)),
    }
  }
  const transaction =
    (of: TestPorts['db']['relaxed']): TestPorts['db']['transaction'] =>
    async (work) => {
      statements.push('begin')
      return await of.transaction(async (db) => await work(watch(db)))
    }
  const { db } = ports
  const relaxed = { ...watch(db.relaxed), transaction: transaction(db.relaxed) }
  return {
    statements,
    ports: { ...ports, db: { ...db, ...watch(db), transaction: transaction(db), relaxed } },
  }
}

async function statementsOf(withEndpoint: boolean, automation = echoAutomation): Promise<string[]> {
  const graph = fakeGraph(() => 0)
  await using real = await testPorts({ http: graph.http })
  const { ports, statements } = spied(real)
  const account: ConnectedAccount = await connectedAccount(real, automation)
  await useGrant(ports, account, 'send')
  if (withEndpoint) await listen(ports)
  const runner = await LaneRunner.start(ports)
  const ingester = new DeliveryIngester(ports, {
    settleByEcho: async (db, echo) => await settleByEcho(ports, db, echo),
    beginAnswers: () => runner.beginAnswers(),
  })
  const keep = createKeepDelivery(ports)
  // The first line makes this process learn who listens.
  for (const [n, igsid] of ['9001', '9002'].entries()) {
    statements.length = 0
    const body = delivery(account, line(account, igsid, `m${n}`, 'one', ports.clock.now()))
    await keep(Buffer.from(JSON.stringify(body)), 'instagram')
    await eventually('answer', () => graph.sent.length === n + 1)
    await eventually('its record', async () => {
      const sent = await real.db.many(sql`select 1 from messages where status = 'sent'`)
      return sent.length === n + 1
    })
  }
  await ingester[Symbol.asyncDispose]()
  await runner[Symbol.asyncDispose]()
  return statements
}

test('where nobody listens, a line and its answer cost no statement and no transaction more', async () => {
  const without = await statementsOf(false)
  assert.ok(without.length > 5)
  assert.deepEqual(
    without.filter((text) => /host_(events|deliveries)/.test(text)),
    [],
  )
  const begun = (statements: string[]) => statements.filter((text) => text === 'begin').length
  assert.equal(begun(without), 1)
  const listening = await statementsOf(true)
  assert.equal(listening.filter((text) => /into host_events/.test(text)).length, 2)
  assert.equal(begun(listening), 2)
})

test('whoever hands a conversation to a person tells it in the same transaction', async () => {
  await using ports = await testPorts()
  const account = await connectedAccount(ports)
  const { types } = await listen(ports)
  const conversation = { ...account, conversationId: ports.random.uuid(0) }
  const undone = ports.db.transaction(async (db) => {
    await handToHuman(ports, db, conversation, 'replies/window-closed')
    throw new Error('undone')
  })
  await assert.rejects(undone, /undone/)
  assert.equal(await types(), '')
})
