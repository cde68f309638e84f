import assert from 'node:assert/strict'
import { test } from 'node:test'
import { receiveLines } from '#conversations/receive-lines.ts'
import { sql } from '#ports/database.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'

async function conversationWith(
  ports: TestPorts,
  igsid: string,
): Promise<{ id: string; tenantId: string }> {
  const account = await connectedAccount(ports)
  const [received] = await ports.db.transaction(async (db) => {
    const line = { ...account, igsid, mid: `m-${igsid}`, author: 'person', kind: 'text' } as const
    const flags = { answerable: false, opensWindow: true, pauses: false }
    return await receiveLines(ports, db, [
      { ...line, ...flags, atMs: ports.clock.now(), content: { text: 'hi' } },
    ])
  })
  assert(received !== undefined)
  return { id: received.conversationId, tenantId: account.tenantId }
}

test('a message is queued and its answer kept in one transaction: a repeat with the same key queues nothing', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  const { id } = await conversationWith(ports, '9001')
  const send = async () =>
    await call('POST', `/v1/conversations/${id}/messages`, {
      body: { text: 'once' },
      headers: { ...asHost, 'idempotency-key': 'k-1' },
    })
  const first = await send()
  assert.equal(first.status, 202)
  const [row] = await ports.db.many<{ together: boolean }>(sql`
    select m.xmin = a.xmin as together from messages m, idempotent_answers a where m.direction = 'outbound'`)
  assert.deepEqual(row, { together: true })
  const again = await send()
  assert.equal(again.headers.get('idempotent-replayed'), 'true')
  assert.deepEqual(again.json, first.json)
  assert.equal(
    (await ports.db.many(sql`select 1 from messages where direction = 'outbound'`)).length,
    1,
  )
})

test('a reply long over Meta’s limit becomes several messages in order; richer ones are refused by code', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  const { id } = await conversationWith(ports, '9001')
  const path = `/v1/conversations/${id}/messages`
  const text = 'é'.repeat(400) + '. ' + 'Second sentence. '.repeat(60)
  const sent = await call('POST', path, { body: { text }, headers: asHost })
  assert.equal(sent.status, 202)
  assert(sent.json.data.length >= 2)
  assert(
    sent.json.data.every(
      (one: { status: string; text: string }) =>
        one.status === 'queued' && Buffer.byteLength(one.text) <= 1000,
    ),
  )
  const rich = await call('POST', path, {
    body: { attachment: { type: 'image', url: 'https://x.example/a.png' } },
    headers: asHost,
  })
  assert.deepEqual([rich.status, rich.json.code], [422, 'replies/unsupported-body'])
  assert.equal(
    (await call('POST', path, { body: {}, headers: asHost })).json.code,
    'replies/unsupported-body',
  )
})

test('outside the window nothing is queued, and another tenant’s conversation does not exist', async () => {
  await using ports = await testPorts()
  const { call, key, asHost } = testApp(ports)
  const { id } = await conversationWith(ports, '9001')
  const other = await conversationWith(ports, '9001')
  const path = `/v1/conversations/${id}/messages`
  const foreign = await key(['messages:read', 'messages:write'], other.tenantId)
  for (const [method, to] of [
    ['POST', path],
    ['GET', path],
    ['POST', `/v1/conversations/${id}/takeover`],
    ['POST', `/v1/conversations/${id}/typing`],
  ] as const) {
    const answer = await call(method, to, {
      headers: foreign,
      ...(method === 'POST' ? { body: { text: 'x' } } : {}),
    })
    assert.deepEqual([answer.status, answer.json.code], [404, 'conversations/not-found'])
  }
  assert.equal((await call('POST', path, { body: { text: 'x' } })).status, 401)
  ports.clock.advance(24 * 3_600_000 - 1)
  assert.equal((await call('POST', path, { body: { text: 'x' }, headers: asHost })).status, 202)
  ports.clock.advance(1)
  const late = await call('POST', path, { body: { text: 'x' }, headers: asHost })
  assert.deepEqual([late.status, late.json.code], [409, 'replies/window-closed'])
  const human = await call('POST', path, { body: { text: 'x', humanAgent: true }, headers: asHost })
  assert.equal(human.status, 202)
  ports.clock.advance(6 * 24 * 3_600_000)
  const over = await call('POST', path, { body: { text: 'x', humanAgent: true }, headers: asHost })
  assert.equal(over.json.code, 'replies/human-agent-closed')
})
