import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clinicAutomation } from '#automation/clinic-flow.ts'
import { sql } from '#ports/database.ts'
import { connectedAccount, echoAutomation } from '#testing/connected-account.ts'
import type { ConnectedAccount } from '#testing/connected-account.ts'
import { eraseNow } from '#testing/erase-now.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import { testApp } from '#testing/test-app.ts'
import type { Json } from '#testing/test-connect.ts'
import type { TestPorts } from '#testing/test-ports.ts'

type Pipeline = Awaited<ReturnType<typeof testPipeline>>

const automation = { ...clinicAutomation, quietMs: 0 }

const outbound = async (ports: TestPorts, conversationId: string): Promise<number> =>
  (
    await ports.db.many(sql`
      select 1 from messages where conversation_id = ${conversationId} and direction = 'outbound' and status = 'sent'`)
  ).length

async function say(
  world: Pipeline,
  account: ConnectedAccount,
  igsid: string,
  mid: string,
  text: string,
): Promise<string> {
  const before = await outboundOf(world.ports, igsid)
  const item = line(account, igsid, mid, text, world.ports.clock.now())
  await world.deliver(delivery(account, item))
  return await eventually('an answer', async () => {
    const found = await world.ports.db.maybe<{ id: string }>(
      sql`select id from conversations where igsid = ${igsid}`,
    )
    const isAnswered = found !== undefined && (await outbound(world.ports, found.id)) > before
    return isAnswered ? found.id : undefined
  })
}

async function outboundOf(ports: TestPorts, igsid: string): Promise<number> {
  const found = await ports.db.maybe<{ id: string }>(
    sql`select id from conversations where igsid = ${igsid}`,
  )
  return found === undefined ? 0 : await outbound(ports, found.id)
}

test('an erased person leaves tombstones: no text, name, field or raw body, and late copies do not come back', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call, asHost } = testApp(ports)
  const account = await connectedAccount(ports, automation)
  const id = await say(world, account, '910001', 'm-1', 'canary hello')
  await say(world, account, '910001', 'm-2', 'canary again')
  const other = await say(world, account, '910002', 'm-3', 'stays')
  await ports.db.run(
    sql`update people set name = 'Canary', username = 'canary.person', picture_url = 'https://canary.example/p' where igsid = '910001'`,
  )
  const path = `/v1/conversations/${id}`
  const texts = async (address: string): Promise<(string | null)[]> =>
    (await call('GET', `${address}/messages`, { headers: asHost })).json.data.map(
      (each: Json) => each.text,
    )
  const kept = await texts(`/v1/conversations/${other}`)

  const begun = await call('DELETE', `${path}/person`, { headers: asHost })
  assert.equal(begun.status, 202)
  assert.equal(begun.json.kind, 'person')
  const conversation = (await call('GET', path, { headers: asHost })).json
  assert.deepEqual(
    [conversation.person, conversation.fields, conversation.preview],
    [{ igsid: '910001', username: null, name: null }, {}, null],
  )
  const messages = (await call('GET', `${path}/messages`, { headers: asHost })).json.data
  assert.ok(messages.length >= 4)
  assert.ok(messages.every((each: Json) => each.text === null && each.deletedAt !== null))

  await eraseNow(ports)
  const done = await call('GET', `/v1/erasures/${begun.json.id}`, { headers: asHost })
  assert.equal(done.json.status, 'done')
  const bodies: string[] = []
  for (const delivered of (await call('GET', '/v1/deliveries?limit=100', { headers: asHost })).json
    .data) {
    bodies.push(
      (await call('GET', `/v1/deliveries/${delivered.id}`, { headers: asHost })).json.body,
    )
  }
  assert.ok(bodies.some((body) => body.includes('stays')))
  assert.ok(!bodies.some((body) => body.includes('canary')))
  const states = await ports.db.many(sql`
    select 1 from turns t where t.conversation_id = ${id} and t.sealed_flow_before is not null`)
  assert.equal(states.length, 0)
  assert.deepEqual(await texts(`/v1/conversations/${other}`), kept)

  await world.deliver(
    delivery(account, line(account, '910001', 'm-1', 'canary hello', ports.clock.now())),
  )
  await eventually('the late copy to be worked', async () => {
    const found = sql`select 1 from delivery_events where mid = 'm-1' and outcome = 'duplicate'`
    return (await ports.db.many(found)).length > 0
  })
  assert.ok((await texts(path)).every((text) => text === null))
  const later = line(account, '910001', 'm-9', 'a new line', ports.clock.now())
  await world.deliver(delivery(account, later))
  await eventually('the new line', async () => (await texts(path)).includes('a new line'))
})

test('erasing a person again is the same erasure, until there is something new to erase', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call, asHost } = testApp(ports)
  const account = await connectedAccount(ports, echoAutomation)
  const id = await say(world, account, '910001', 'm-1', 'canary')
  const erase = async (): Promise<string> =>
    (await call('DELETE', `/v1/conversations/${id}/person`, { headers: asHost })).json.id
  const first = await erase()
  assert.equal(await erase(), first)
  await eraseNow(ports)
  assert.equal(await erase(), first)
  await say(world, account, '910001', 'm-2', 'canary')
  const second = await erase()
  assert.notEqual(second, first)
})

test('what was queued for an erased person does not leave', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call, asHost } = testApp(ports)
  const account = await connectedAccount(ports, { ...echoAutomation, responder: null })
  await world.deliver(delivery(account, line(account, '910001', 'm-1', 'hello', ports.clock.now())))
  const { id } = await eventually('the conversation', async () =>
    ports.db.maybe<{ id: string }>(sql`select id from conversations where igsid = '910001'`),
  )
  // Nothing leaves while the grant is dead.
  await ports.db.run(
    sql`update lanes set ready_at = null, parked = 'x' where conversation_id = ${id}`,
  )
  await ports.db.run(sql`
    with said as (
      insert into messages (tenant_id, id, connection_id, conversation_id, direction, author, kind, status, at)
      values (${account.tenantId}, ${ports.random.uuid(ports.clock.now())}, ${account.connectionId}, ${id}, 'outbound', 'host', 'text', 'queued', now())
      returning *)
    insert into outbound_parts (conversation_id, message_id, tenant_id, connection_id, is_first, queued_at, next_at)
    select conversation_id, id, tenant_id, connection_id, true, at, at from said`)
  await call('DELETE', `/v1/conversations/${id}/person`, { headers: asHost })
  assert.equal((await ports.db.many(sql`select 1 from outbound_parts`)).length, 0)
  const rows = await ports.db.many(sql`select status from messages where direction = 'outbound'`)
  assert.deepEqual(rows, [{ status: 'dropped' }])
})

test('somebody else’s conversation is byte-equal to none, and nothing of it is erased', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call, key } = testApp(ports)
  const account = await connectedAccount(ports, echoAutomation)
  const other = await connectedAccount(ports)
  const id = await say(world, account, '910001', 'm-1', 'hello')
  const headers = {
    ...(await key(['messages:write'], other.tenantId)),
    'x-request-id': 'the-same-id',
  }
  const foreign = await call('DELETE', `/v1/conversations/${id}/person`, { headers })
  const unknown = await call(
    'DELETE',
    '/v1/conversations/01a1f8d3-0000-7000-8000-000000000000/person',
    { headers },
  )
  assert.equal(foreign.status, 404)
  assert.equal(foreign.text, unknown.text)
  assert.equal((await call('DELETE', '/v1/conversations/none/person', { headers })).status, 404)
  const reader = await key(['messages:read'], account.tenantId)
  assert.equal(
    (await call('DELETE', `/v1/conversations/${id}/person`, { headers: reader })).status,
    403,
  )
  const erased = await ports.db.many(sql`select 1 from messages where deleted_at is not null`)
  assert.equal(erased.length, 0)
})
