import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'

const whole = {
  name: 'Lumen Chiropractic',
  returnUrls: ['https://APP.example/settings', 'https://app.example/settings'],
  contactEmail: 'front@lumen.example',
  timezone: 'Europe/Madrid',
  capabilities: ['messages'],
  defaultAutomation: null,
  retention: { messagesDays: 30, deliveriesDays: null, mediaDays: 7 },
}

test('a tenant is created once and then replaced', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  const made = await call('PUT', '/v1/tenants/lumen', { body: whole, headers: asHost })
  assert.equal(made.status, 201)
  assert.deepEqual(made.json, {
    id: 'lumen',
    ...whole,
    returnUrls: ['https://app.example/settings'],
  })
  const again = await call('PUT', '/v1/tenants/lumen', { body: { name: 'L' }, headers: asHost })
  assert.equal(again.status, 200)
  assert.deepEqual(again.json.returnUrls, [])
  assert.equal(again.json.timezone, 'UTC')
  const found = await call('GET', '/v1/tenants/lumen', { headers: asHost })
  assert.deepEqual(found.json, again.json)
})

test('a new tenant has its data key at once, and both changes are in the audit log', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  await call('PUT', '/v1/tenants/lumen', { body: whole, headers: asHost })
  await call('PUT', '/v1/tenants/lumen', { body: whole, headers: asHost })
  assert.ok(await ports.vault.tenant('lumen'))
  const lines = await ports.db.many<{ action: string; actor: string }>(
    sql`select action, actor from audit_log order by id`,
  )
  assert.deepEqual(lines, [
    { action: 'tenant.created', actor: 'key:environment' },
    { action: 'tenant.updated', actor: 'key:environment' },
  ])
})

test('fifty PUTs at once make one tenant with one key', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      call('PUT', '/v1/tenants/lumen', { body: whole, headers: asHost }),
    ),
  )
  assert.equal(answers.filter(({ status }) => status === 201).length, 1)
  assert.equal(answers.filter(({ status }) => status === 200).length, 49)
  const keys = await ports.db.many(sql`select 1 from data_keys where owner = 'tenant:lumen'`)
  assert.equal(keys.length, 1)
})

test('bad input is refused field by field and nothing is written', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  const put = async (body: unknown) =>
    await call('PUT', '/v1/tenants/lumen', { body, headers: asHost })

  const url = await put({ ...whole, returnUrls: ['https://ok.example/', '//evil.example'] })
  assert.equal(url.status, 422)
  assert.equal(url.json.code, 'tenants/return-url-invalid')
  assert.equal(url.json.fields[0].path, 'returnUrls.1')

  const zone = await put({ ...whole, timezone: 'Mars/Base' })
  assert.deepEqual([zone.status, zone.json.fields[0].path], [400, 'timezone'])
  const name = await put({ ...whole, name: '' })
  assert.deepEqual([name.status, name.json.fields[0].path], [400, 'name'])
  const zero = await put({ ...whole, name: 'a\u0000b' })
  assert.deepEqual([zero.status, zero.json.code], [400, 'http/invalid-fields'])
  const flow = await put({ ...whole, defaultAutomation: { responder: 'flow' } })
  assert.deepEqual([flow.status, flow.json.code], [422, 'automation/flow-invalid'])
  const id = await call('PUT', '/v1/tenants/a%20b', { body: whole, headers: asHost })
  assert.deepEqual([id.status, id.json.code], [400, 'http/invalid-fields'])

  assert.equal((await ports.db.many(sql`select 1 from tenants`)).length, 0)
})

test('only with the scope operate', async () => {
  await using ports = await testPorts()
  const { call, key, operator } = testApp(ports)
  const anonymous = await call('PUT', '/v1/tenants/lumen', { body: whole })
  assert.deepEqual([anonymous.status, anonymous.json.code], [401, 'auth/required'])
  const other = await call('PUT', '/v1/tenants/lumen', {
    body: whole,
    headers: await key(['connect', 'messages:read']),
  })
  assert.deepEqual([other.status, other.json.code], [403, 'auth/scope-missing'])
  const agent = await call('GET', '/v1/tenants', { headers: await operator('agent') })
  assert.equal(agent.status, 403)
})

test('a key bound to one tenant sees and changes that one; others look as if they were not there', async () => {
  await using ports = await testPorts()
  const { call, key, tenant } = testApp(ports)
  await tenant('mine')
  await tenant('theirs')
  const headers = await key(['operate'], 'mine')
  const list = await call('GET', '/v1/tenants', { headers })
  assert.deepEqual(
    list.json.data.map((one: { id: string }) => one.id),
    ['mine'],
  )

  const theirs = await call('GET', '/v1/tenants/theirs', { headers })
  const nobodys = await call('GET', '/v1/tenants/nobodys', { headers })
  assert.equal(theirs.status, 404)
  const without = (text: string) => text.replace(/"requestId":"[^"]*"/, '')
  assert.equal(without(theirs.text), without(nobodys.text))

  assert.equal((await call('PUT', '/v1/tenants/theirs', { body: whole, headers })).status, 404)
  assert.equal((await call('PUT', '/v1/tenants/mine', { body: whole, headers })).status, 200)
})

test('the list pages through every tenant once, newest first', async () => {
  await using ports = await testPorts()
  const { call, asHost, tenant } = testApp(ports)
  for (const id of ['a', 'b', 'c']) {
    await tenant(id)
    // Two in the same millisecond: the id decides.
    if (id === 'b') ports.clock.advance(1)
  }
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`
    const answer = await call('GET', `/v1/tenants?limit=1${query}`, { headers: asHost })
    seen.push(...answer.json.data.map((one: { id: string }) => one.id))
    cursor = answer.json.nextCursor
  } while (cursor !== null)
  assert.deepEqual(seen, ['c', 'b', 'a'])
})
