import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordAudit } from './record-audit.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'

const write = async (ports: TestPorts, action: string, tenantId: string | null) => {
  await recordAudit(ports.db, new Date(ports.clock.now()), {
    actor: 'system',
    action,
    tenantId,
    detail: { count: 1 },
  })
}

test('the log is read newest first, page by page, and filtered', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  for (const action of ['a', 'b', 'c']) await write(ports, action, 'lumen')
  const first = await call('GET', '/v1/audit-log?limit=2', { headers: asHost })
  assert.deepEqual(
    first.json.data.map((line: { action: string }) => line.action),
    ['c', 'b'],
  )
  assert.deepEqual(first.json.data[0].detail, { count: 1 })
  const second = await call('GET', `/v1/audit-log?limit=2&cursor=${first.json.nextCursor}`, {
    headers: asHost,
  })
  assert.deepEqual([second.json.data[0].action, second.json.nextCursor], ['a', null])
  const only = await call('GET', '/v1/audit-log?action=b', { headers: asHost })
  assert.equal(only.json.data.length, 1)
})

test('a tenant’s key reads that tenant’s lines; lines of nobody are for the whole instance', async () => {
  await using ports = await testPorts()
  const { call, key, tenant } = testApp(ports)
  await tenant('mine')
  await write(ports, 'theirs', 'theirs')
  await write(ports, 'nobodys', null)
  const headers = await key(['operate'], 'mine')
  const list = await call('GET', '/v1/audit-log', { headers })
  const actions = list.json.data.map((line: { action: string }) => line.action)
  assert.deepEqual(actions, ['api_key.created', 'tenant.created'])
  const asked = await call('GET', '/v1/audit-log?tenantId=theirs', { headers })
  assert.deepEqual(asked.json.data, [])
})

test('not signed in, without the scope, malformed', async () => {
  await using ports = await testPorts()
  const { call, key, asHost } = testApp(ports)
  assert.equal((await call('GET', '/v1/audit-log')).status, 401)
  assert.equal(
    (await call('GET', '/v1/audit-log', { headers: await key(['messages:read']) })).status,
    403,
  )
  for (const query of ['limit=0', 'limit=101', 'limit=x', 'cursor=zzz']) {
    const answer = await call('GET', `/v1/audit-log?${query}`, { headers: asHost })
    assert.deepEqual([answer.status, answer.json.code], [400, 'http/invalid-fields'], query)
  }
})

test('an export holds every line, oldest first; callers of some tenants name one', async () => {
  await using ports = await testPorts()
  const { call, asHost, key, tenant } = testApp(ports)
  await tenant('mine')
  await write(ports, 'theirs', 'theirs')
  const actionsOf = (text: string): string[] =>
    text
      .trimEnd()
      .split('\n')
      // Lines of our own.
      .map((line) => (JSON.parse(line) as { action: string }).action)
  const whole = await call('GET', '/v1/audit-log/export', { headers: asHost })
  assert.equal(whole.headers.get('content-disposition'), 'attachment; filename="audit-log.jsonl"')
  assert.deepEqual(actionsOf(whole.text), ['tenant.created', 'theirs'])
  const headers = await key(['operate'], 'mine')
  const unnamed = await call('GET', '/v1/audit-log/export', { headers })
  assert.equal(unnamed.json.code, 'http/invalid-fields')
  const foreign = await call('GET', '/v1/audit-log/export?tenantId=theirs', { headers })
  assert.equal(foreign.json.code, 'tenants/not-found')
  const own = await call('GET', '/v1/audit-log/export?tenantId=mine', { headers })
  assert.deepEqual(actionsOf(own.text), ['tenant.created', 'api_key.created'])
  const later = new Date(ports.clock.now() + 1).toISOString()
  const none = await call('GET', `/v1/audit-log/export?since=${later}`, { headers: asHost })
  assert.equal(none.text, '')
})
