import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import type { ConnectedAccount } from '#testing/connected-account.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { applyRetention } from './apply-retention.ts'

const DAY_MS = 86_400_000

/** Messages of one conversation and deliveries, one of each for every age. */
async function keep(
  ports: TestPorts,
  account: ConnectedAccount,
  agesMs: readonly number[],
  options: { status?: string } = {},
): Promise<void> {
  const nowMs = ports.clock.now()
  const conversationId = ports.random.uuid(nowMs)
  const at = agesMs.map((ageMs) => new Date(nowMs - ageMs))
  const ids = at.map((each) => ports.random.uuid(each.getTime()))
  await ports.db.run(sql`
    insert into conversations (tenant_id, id, connection_id, igsid, sealed_flow_state, last_message_at, created_at)
    values (${account.tenantId}, ${conversationId}, ${account.connectionId}, ${conversationId}, '\\x01',
      ${at.toSorted((a, b) => b.getTime() - a.getTime())[0]}, ${new Date(nowMs)})`)
  await ports.db.run(sql`
    insert into messages (tenant_id, id, connection_id, conversation_id, direction, author, kind, status, at)
    select ${account.tenantId}, id, ${account.connectionId}, ${conversationId}, 'inbound', 'person', 'text', ${options.status ?? 'received'}, at
    from unnest(${ids}::uuid[], ${at}::timestamptz[]) as m (id, at)`)
  await ports.db.run(sql`
    insert into waiting_lines (conversation_id, message_id, tenant_id, at, seq, received_at)
    select conversation_id, id, tenant_id, at, seq, at from messages where conversation_id = ${conversationId}`)
  await ports.db.run(sql`
    insert into turns (tenant_id, id, conversation_id, line_epoch, stop_epoch, lines, state, decided_at)
    select ${account.tenantId}, id, ${conversationId}, 0, 0, '{}', 'decided', at
    from unnest(${ids}::uuid[], ${at}::timestamptz[]) as t (id, at)`)
  await ports.db.run(sql`
    insert into deliveries (id, tenant_id, received_at, signed_with, bytes, state)
    select id, ${account.tenantId}, at, 'instagram', 1, 'processed'
    from unnest(${ids}::uuid[], ${at}::timestamptz[]) as d (id, at)`)
  await ports.db.run(sql`
    insert into delivery_events (delivery_id, part, n, tenant_id, kind, outcome)
    select id, 0, 0, tenant_id, 'message', 'stored' from deliveries where tenant_id = ${account.tenantId} on conflict do nothing`)
}

const left = async (ports: TestPorts, tenantId: string): Promise<Record<string, number>> =>
  await ports.db.one<Record<string, number>>(sql`
    select (select count(*) from messages where tenant_id = ${tenantId}) as messages,
      (select count(*) from waiting_lines where tenant_id = ${tenantId}) as waiting,
      (select count(*) from turns where tenant_id = ${tenantId}) as turns,
      (select count(*) from deliveries where tenant_id = ${tenantId}) as deliveries,
      (select count(*) from delivery_events where tenant_id = ${tenantId}) as events,
      (select count(*) from conversations where tenant_id = ${tenantId} and sealed_flow_state is not null) as states`)

const retain = async (
  ports: TestPorts,
  tenantId: string,
  retention: { messagesDays?: number; deliveriesDays?: number; mediaDays?: number } | null,
): Promise<void> => {
  const { call, asHost } = testApp(ports)
  const body = { name: 'Test', retention }
  const put = await call('PUT', `/v1/tenants/${tenantId}`, { headers: asHost, body })
  assert.equal(put.status, 200)
  const none = { messagesDays: null, deliveriesDays: null, mediaDays: null }
  assert.deepEqual(put.json.retention, { ...none, ...retention })
}

test('messages and deliveries go on the day they are too old, not a moment before', async () => {
  await using ports = await testPorts()
  const account = await connectedAccount(ports)
  await keep(ports, account, [0, 30 * DAY_MS, 30 * DAY_MS + 1, 400 * DAY_MS])
  await retain(ports, account.tenantId, { messagesDays: 30, deliveriesDays: 30 })
  await applyRetention(ports)
  const one = { messages: 2, waiting: 2, turns: 2, deliveries: 2, events: 2, states: 1 }
  assert.deepEqual(await left(ports, account.tenantId), one)
  ports.clock.advance(1)
  await applyRetention(ports)
  assert.equal((await left(ports, account.tenantId))['messages'], 1)
  ports.clock.advance(30 * DAY_MS)
  await applyRetention(ports)
  const none = { messages: 0, waiting: 0, turns: 0, deliveries: 0, events: 0, states: 0 }
  assert.deepEqual(await left(ports, account.tenantId), none)
})

test('each tenant has its own limits, each kind its own, and none keeps everything', async () => {
  await using ports = await testPorts()
  const ages = [0, 10 * DAY_MS, 100 * DAY_MS]
  const [short, bodies, all] = [
    await connectedAccount(ports),
    await connectedAccount(ports),
    await connectedAccount(ports),
  ]
  for (const account of [short, bodies, all]) await keep(ports, account, ages)
  await retain(ports, short.tenantId, { messagesDays: 1, mediaDays: 1 })
  await retain(ports, bodies.tenantId, { deliveriesDays: 50, mediaDays: 1 })
  await retain(ports, all.tenantId, null)
  await applyRetention(ports)
  const counts = async (account: ConnectedAccount): Promise<unknown[]> => {
    const { messages, deliveries } = await left(ports, account.tenantId)
    return [messages, deliveries]
  }
  assert.deepEqual(await counts(short), [1, 3])
  assert.deepEqual(await counts(bodies), [3, 2])
  assert.deepEqual(await counts(all), [3, 3])
})

test('more than one batch goes in one night, and what is under way stays', async () => {
  await using ports = await testPorts()
  const account = await connectedAccount(ports)
  await keep(
    ports,
    account,
    Array.from({ length: 2_503 }, (_, n) => 3 * DAY_MS + n),
  )
  for (let n = 0; n < 250; n += 1) await keep(ports, account, [3 * DAY_MS])
  await keep(ports, account, [3 * DAY_MS], { status: 'sending' })
  await retain(ports, account.tenantId, { messagesDays: 2, deliveriesDays: 2 })
  await applyRetention(ports)
  const { messages, deliveries, turns } = await left(ports, account.tenantId)
  assert.deepEqual([messages, deliveries, turns], [1, 0, 0])
  const lines = await ports.db.many(sql`
    select detail from audit_log where action = 'retention.applied'`)
  assert.deepEqual(lines, [{ detail: { messages: 2_753, deliveries: 2_754 } }])
})

test('a limit is whole days of at least one', async () => {
  await using ports = await testPorts()
  const { call, asHost, tenant } = testApp(ports)
  await tenant('clinic')
  for (const name of ['messagesDays', 'deliveriesDays', 'mediaDays']) {
    for (const days of [0, -1, 1.5, '30', 5000]) {
      const body = { name: 'Test', retention: { [name]: days } }
      const { status, json } = await call('PUT', '/v1/tenants/clinic', { headers: asHost, body })
      assert.deepEqual([status, json.code], [400, 'http/invalid-fields'])
    }
  }
})
