import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'

test('a line is answered once, however often it is delivered', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  const body = delivery(account, line(account, '9001', 'm1', 'héllo 👋', ports.clock.now()))
  await Promise.all([deliver(body), deliver(body), deliver(body)])
  await eventually('the answer', () => graph.sent.length > 0)
  await deliver(body)
  const outcomes = await eventually('four outcomes', async () => {
    const rows = await ports.db.many<{ outcome: string }>(
      sql`select outcome from delivery_events order by outcome`,
    )
    return rows.length === 4 && rows
  })
  assert.deepEqual(
    outcomes.map((row) => row.outcome),
    ['duplicate', 'duplicate', 'duplicate', 'stored'],
  )
  assert.deepEqual(
    graph.sent.map((one) => one.text),
    ['héllo 👋'],
  )
  const status = await eventually('the record', async () => {
    const rows = await ports.db.many<{ status: string; mid: string }>(
      sql`select status, mid from messages where direction = 'outbound'`,
    )
    return rows[0]?.status === 'sent' && rows
  })
  assert.deepEqual(status, [{ status: 'sent', mid: 'mid-1' }])
  await eventually(
    'an idle lane',
    async () =>
      (await ports.db.many(sql`select 1 from lanes where ready_at is null and lease_owner is null`))
        .length === 1,
  )
})

test('a hundred lines of twenty people are answered each once and in order', async () => {
  await using pipeline = await testPipeline()
  const { ports, graph, deliver } = pipeline
  const account = await connectedAccount(ports)
  const texts: string[] = []
  for (let n = 0; n < 100; n += 1) {
    const text = `line-${n}.`
    texts.push(text)
    await deliver(
      delivery(account, line(account, `${9000 + (n % 20)}`, `m${n}`, text, ports.clock.now() + n)),
    )
  }
  await eventually('all answers', () =>
    texts.every((text) => graph.sent.some((one) => one.text.split('\n').includes(text))),
  )
  for (let person = 0; person < 20; person += 1) {
    const seen = graph.sent
      .filter((one) => one.to === `${9000 + person}`)
      .flatMap((one) => one.text.split('\n'))
    assert.deepEqual(
      seen,
      texts.filter((_, n) => n % 20 === person),
    )
  }
})
