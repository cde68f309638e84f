import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { connectedAccount, echoAutomation } from '#testing/connected-account.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import { putAutomation } from './put-automation.ts'

const by = { actor: 'system', address: '127.0.0.1', requestId: 'r' }

test('an automation that is switched on answers new lines and none of the time before', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver, graph } = pipeline
  const off = { ...echoAutomation, responder: null }
  const [account, other] = [await connectedAccount(ports, off), await connectedAccount(ports, off)]
  const at = ports.clock.now()
  await deliver(delivery(account, line(account, '9001', 'm1', 'long ago', at)))
  await deliver(delivery(other, line(other, '9001', 'm1', 'elsewhere', at)))
  const waiting = async (): Promise<number> =>
    (await ports.db.many(sql`select 1 from waiting_lines`)).length
  await eventually('both lines', async () => (await waiting()) === 2)

  await putAutomation(ports, account, echoAutomation, by)
  assert.equal(await waiting(), 1)
  await deliver(delivery(account, line(account, '9001', 'm2', 'now', at + 1)))
  await eventually('the answer', () => graph.sent.length === 1)
  assert.equal(graph.sent[0]?.text, 'now')
})

test('an automation that is replaced by another one answers what waits', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver, graph } = pipeline
  const account = await connectedAccount(ports, { ...echoAutomation, quietMs: 5000 })
  await deliver(delivery(account, line(account, '9001', 'm1', 'hello', ports.clock.now())))
  await eventually(
    'the line',
    async () => (await ports.db.many(sql`select 1 from waiting_lines`)).length === 1,
  )
  await putAutomation(ports, account, { ...echoAutomation, quietMs: 4000 }, by)
  ports.clock.advance(6000)
  await eventually('the answer', () => graph.sent.length === 1)
})
