import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostEventTypes } from '@parley/contract/host-event.ts'
import { sql } from '#ports/database.ts'
import { createHostHttp } from '#ports/host-http.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'
import { recordHostEvent } from './record-host-event.ts'

/** Names are answered here: no test asks a name server. */
const publicHttp = createHostHttp({ privateTargets: [], resolve: async () => ['93.184.216.34'] })
const url = 'https://host.example/hook'
const NOBODY = '00000000-0000-7000-8000-000000000000'

test('an endpoint is made, read, changed and ended, and its secret shown once', async () => {
  await using ports = await testPorts({ hostHttp: publicHttp })
  const { call, asHost } = testApp(ports)
  const made = await call('POST', '/v1/host-endpoints', {
    body: { url: 'https://HOST.example:443/hook', events: ['message.sent', 'message.sent'] },
    headers: asHost,
  })
  assert.equal(made.status, 201)
  assert.equal(made.json.url, url)
  assert.deepEqual(made.json.events, ['message.sent'])
  assert.deepEqual([made.json.state, made.json.tenantId], ['active', null])
  const path = `/v1/host-endpoints/${made.json.id}`

  const { secret, ...shown } = made.json
  const read = await call('GET', path, { headers: asHost })
  assert.deepEqual(read.json, shown)
  const list = await call('GET', '/v1/host-endpoints', { headers: asHost })
  assert.deepEqual(list.json, { data: [shown], nextCursor: null })
  assert.ok(!list.text.includes(secret.slice(6)))

  ports.clock.advance(1000)
  const changed = await call('PATCH', path, {
    body: { events: null, state: 'disabled' },
    headers: asHost,
  })
  assert.deepEqual(
    [changed.json.events, changed.json.state, changed.json.disabledReason, changed.json.url],
    [null, 'disabled', 'by_hand', url],
  )
  const again = await call('PATCH', path, { body: { state: 'disabled' }, headers: asHost })
  assert.equal(again.json.disabledAt, changed.json.disabledAt)

  assert.equal((await call('DELETE', path, { headers: asHost })).status, 200)
  for (const method of ['GET', 'DELETE', 'PATCH']) {
    const gone = await call(method, path, { headers: asHost })
    assert.deepEqual([gone.status, gone.json.code], [404, 'host-endpoints/not-found'], method)
  }
  const log = await call('GET', '/v1/audit-log', { headers: asHost })
  assert.deepEqual(
    log.json.data.map(({ action }: { action: string }) => action),
    [
      'host_endpoint.deleted',
      'host_endpoint.changed',
      'host_endpoint.changed',
      'host_endpoint.created',
    ],
  )
  assert.ok(!log.text.includes('host.example'))
})

test('a secret is never kept as an idempotent answer', async () => {
  await using ports = await testPorts({ hostHttp: publicHttp })
  const { call, asHost } = testApp(ports)
  const headers = { ...asHost, 'idempotency-key': 'once' }
  const make = async () => await call('POST', '/v1/host-endpoints', { body: { url }, headers })
  const [first, second] = [await make(), await make()]
  assert.notEqual(first.json.secret, second.json.secret)
  const path = `/v1/host-endpoints/${first.json.id}/roll-secret`
  const roll = async () => (await call('POST', path, { headers })).json.secret
  assert.notEqual(await roll(), await roll())
})

test('addresses that are not public are refused at creation and at change', async () => {
  const hostHttp = createHostHttp({
    privateTargets: [],
    resolve: async (name) => [name === 'host.example' ? '93.184.216.34' : '10.0.0.1'],
  })
  await using ports = await testPorts({ hostHttp })
  const { call, asHost } = testApp(ports)
  const made = await call('POST', '/v1/host-endpoints', { body: { url }, headers: asHost })
  const path = `/v1/host-endpoints/${made.json.id}`
  const kept = async () => ({
    endpoints: await ports.db.many(sql`select * from host_endpoints`),
    lines: await ports.db.many<{ action: string }>(sql`select action from audit_log order by id`),
  })
  for (const wrong of [
    'http://host.example/hook',
    'https://127.0.0.1/',
    'https://[::ffff:10.0.0.1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://inside.example/',
    'https://a:b@host.example/',
    'javascript:alert(1)',
    'host.example',
  ]) {
    for (const [method, at] of [
      ['POST', '/v1/host-endpoints'],
      ['PATCH', path],
    ] as const) {
      const before = await kept()
      const refused = await call(method, at, { body: { url: wrong }, headers: asHost })
      assert.equal(refused.status, 422, `${method} ${wrong}`)
      const { endpoints, lines } = await kept()
      assert.deepEqual(endpoints, before.endpoints, 'nothing is written')
      assert.deepEqual(
        lines.slice(before.lines.length).map(({ action }) => action),
        ['host_endpoint.refused'],
      )
      assert.equal(refused.json.code, 'host-endpoints/url-not-allowed')
      assert.equal(refused.json.fields[0].path, 'url')
    }
  }
  assert.equal((await call('GET', path, { headers: asHost })).json.url, url)
})

test('not signed in, too little scope, malformed', async () => {
  await using ports = await testPorts({ hostHttp: publicHttp })
  const { call, asHost, key, operator } = testApp(ports)
  const routes: [string, string][] = [
    ['POST', '/v1/host-endpoints'],
    ['GET', '/v1/host-endpoints'],
    ['GET', `/v1/host-endpoints/${NOBODY}`],
    ['PATCH', `/v1/host-endpoints/${NOBODY}`],
    ['DELETE', `/v1/host-endpoints/${NOBODY}`],
    ['POST', `/v1/host-endpoints/${NOBODY}/roll-secret`],
    ['GET', '/v1/host-events'],
    ['GET', `/v1/host-events/${NOBODY}`],
    ['POST', `/v1/host-events/${NOBODY}/replay`],
    ['POST', '/v1/host-events/replay'],
  ]
  const narrow = await key(['messages:read', 'connections:write'])
  for (const [method, path] of routes) {
    assert.equal((await call(method, path)).status, 401, path)
    assert.equal((await call(method, path, { headers: narrow })).status, 403, path)
  }
  const agent = await operator('agent')
  assert.equal((await call('GET', '/v1/host-endpoints', { headers: agent })).status, 403)
  const owner = await operator('owner')
  assert.equal((await call('GET', '/v1/host-endpoints', { headers: owner })).status, 200)

  const bodies: [string, string, object][] = [
    ['POST', '/v1/host-endpoints', {}],
    ['POST', '/v1/host-endpoints', { url, events: [] }],
    ['POST', '/v1/host-endpoints', { url, events: ['everything'] }],
    ['PATCH', `/v1/host-endpoints/${NOBODY}`, { secret: 'mine' }],
    ['PATCH', `/v1/host-endpoints/${NOBODY}`, { state: 'asleep' }],
    ['POST', '/v1/host-events/replay', {}],
    ['POST', '/v1/host-events/replay', { from: 'yesterday' }],
    [
      'POST',
      '/v1/host-events/replay',
      { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' },
    ],
    ['POST', '/v1/host-events/replay', { from: '2026-01-02T00:00:00Z', cursor: 'x' }],
    ['POST', `/v1/host-events/${NOBODY}/replay`, { endpointId: 'all' }],
  ]
  for (const [method, path, body] of bodies) {
    const wrong = await call(method, path, { body, headers: asHost })
    assert.deepEqual(
      [wrong.status, wrong.json.code],
      [400, 'http/invalid-fields'],
      JSON.stringify(body),
    )
  }
  for (const query of ['type=everything', 'connectionId=1', 'state=lost', 'cursor=x']) {
    assert.equal(
      (await call('GET', `/v1/host-events?${query}`, { headers: asHost })).status,
      400,
      query,
    )
  }
  const unknown = await call('POST', '/v1/host-endpoints', {
    body: { url, tenantId: 'nobody' },
    headers: asHost,
  })
  assert.deepEqual([unknown.status, unknown.json.code], [404, 'tenants/not-found'])
})

test('another tenant’s endpoint or event is answered like one that does not exist', async () => {
  await using ports = await testPorts({ hostHttp: publicHttp })
  const { call, asHost, key, tenant } = testApp(ports)
  const theirs = await connectedAccount(ports)
  await tenant('mine')
  const headers = await key(['operate'], 'mine')
  const make = async (tenantId: string | null) =>
    (await call('POST', '/v1/host-endpoints', { body: { url, tenantId }, headers: asHost })).json.id
  const foreign = [await make(theirs.tenantId), await make(null)]
  const own = await make('mine')
  await ports.db.transaction(
    async (db) =>
      await recordHostEvent(ports, db, {
        type: 'connection.created',
        tenantId: theirs.tenantId,
        connectionId: theirs.connectionId,
        data: {},
      }),
  )
  const [event] = (await call('GET', '/v1/host-events', { headers: asHost })).json.data
  assert.equal(event.deliveries.length, 2)

  const withoutTrace = (text: string, id: string): string =>
    text.replaceAll(id, 'ID').replaceAll(/"requestId":"[^"]+"/g, '')
  const same = async (method: string, of: (id: string) => string, id: string, body?: object) => {
    const options = body === undefined ? { headers } : { headers, body }
    const found = await call(method, of(id), options)
    const nobody = await call(method, of(NOBODY), options)
    assert.equal(found.status, 404, of(id))
    assert.equal(withoutTrace(found.text, id), withoutTrace(nobody.text, NOBODY))
  }
  for (const id of foreign) {
    const at = (one: string): string => `/v1/host-endpoints/${one}`
    await same('GET', at, id)
    await same('PATCH', at, id, { url: 'https://10.0.0.1/' })
    await same('DELETE', at, id)
    await same('POST', (one) => `${at(one)}/roll-secret`, id)
    const body = { from: '2026-01-01T00:00:00Z', endpointId: id }
    const replay = await call('POST', '/v1/host-events/replay', { headers, body })
    assert.deepEqual([replay.status, replay.json.code], [404, 'host-endpoints/not-found'])
  }
  await same('GET', (one) => `/v1/host-events/${one}`, event.id)
  await same('POST', (one) => `/v1/host-events/${one}/replay`, event.id)

  const list = await call('GET', '/v1/host-endpoints', { headers })
  assert.deepEqual(
    list.json.data.map(({ id }: { id: string }) => id),
    [own],
  )
  assert.deepEqual((await call('GET', '/v1/host-events', { headers })).json.data, [])
  const everything = { from: '2026-01-01T00:00:00Z' }
  const replay = await call('POST', '/v1/host-events/replay', { headers, body: everything })
  assert.deepEqual(replay.json, { replayed: 0, nextCursor: null })
  for (const tenantId of [null, theirs.tenantId]) {
    const made = await call('POST', '/v1/host-endpoints', { headers, body: { url, tenantId } })
    assert.equal(made.status, tenantId === null ? 403 : 404)
  }
})

test('a tenant sees what became of its own endpoints, not that the operator listens too', async () => {
  await using ports = await testPorts({ hostHttp: publicHttp })
  const { call, asHost, key } = testApp(ports)
  const { tenantId, connectionId } = await connectedAccount(ports)
  const headers = await key(['operate'], tenantId)
  const own = await call('POST', '/v1/host-endpoints', { headers, body: { url, tenantId } })
  await call('POST', '/v1/host-endpoints', { headers: asHost, body: { url } })
  const record = async (type: 'connection.created' | 'message.sent') =>
    await ports.db.transaction(
      async (db) =>
        await recordHostEvent(ports, db, {
          type,
          tenantId,
          connectionId,
          data: { n: 1 },
          requestId: 'r-1',
        }),
    )
  await record('connection.created')
  ports.clock.advance(1)
  await record('message.sent')
  const list = await call('GET', '/v1/host-events?limit=1', { headers })
  assert.equal(list.json.data[0].type, 'message.sent')
  const next = await call('GET', `/v1/host-events?cursor=${list.json.nextCursor}`, { headers })
  assert.equal(next.json.nextCursor, null)
  const [event] = next.json.data
  assert.deepEqual(event.data, { tenantId, connectionId, n: 1, requestId: 'r-1' })
  assert.deepEqual(
    event.deliveries.map(({ endpointId }: { endpointId: string }) => endpointId),
    [own.json.id],
  )
  const count = async (query: string): Promise<number> =>
    (await call('GET', `/v1/host-events?${query}`, { headers: asHost })).json.data.length
  assert.equal(await count('type=message.sent'), 1)
  assert.equal(await count(`connectionId=${connectionId}&tenantId=${tenantId}`), 2)
  assert.equal(await count(`connectionId=${NOBODY}`), 0)
  assert.equal(await count(`endpointId=${own.json.id}&state=pending`), 2)
  assert.equal(await count('state=delivered'), 0)

  // Both endpoints' telling ends, each in its own way: the tenant's key sees its own.
  await ports.db.run(
    sql`update host_deliveries set state = case when endpoint_id = ${own.json.id}::uuid then 'delivered' else 'failed' end`,
  )
  const seen = async (query: string): Promise<number> =>
    (await call('GET', `/v1/host-events?${query}`, { headers })).json.data.length
  assert.equal(await seen('state=delivered'), 2)
  assert.equal(await seen('state=failed'), 0)
  assert.equal(await count('state=failed'), 2)
})

test('a disabled endpoint is asked for by name in vain, and gets nothing new', async () => {
  await using ports = await testPorts({ hostHttp: publicHttp })
  const { call, asHost } = testApp(ports)
  const { tenantId, connectionId } = await connectedAccount(ports)
  const made = await call('POST', '/v1/host-endpoints', { headers: asHost, body: { url } })
  const path = `/v1/host-endpoints/${made.json.id}`
  await call('PATCH', path, { headers: asHost, body: { state: 'disabled' } })
  await ports.db.transaction(
    async (db) =>
      await recordHostEvent(ports, db, {
        type: 'connection.created',
        tenantId,
        connectionId,
        data: {},
      }),
  )
  const [event] = (await call('GET', '/v1/host-events', { headers: asHost })).json.data
  assert.deepEqual(event.deliveries, [])
  const replay = await call('POST', `/v1/host-events/${event.id}/replay`, {
    headers: asHost,
    body: { endpointId: made.json.id },
  })
  assert.deepEqual([replay.status, replay.json.code], [409, 'host-endpoints/disabled'])
})

test('a tenant has fifty endpoints at most', async () => {
  await using ports = await testPorts({ hostHttp: publicHttp })
  const { call, asHost } = testApp(ports)
  const make = async () =>
    await call('POST', '/v1/host-endpoints', { headers: asHost, body: { url } })
  for (let n = 0; n < 50; n += 1) assert.equal((await make()).status, 201)
  const more = await make()
  assert.deepEqual([more.status, more.json.code], [409, 'host-endpoints/too-many'])
})

test('every event is in the OpenAPI document as a webhook', async () => {
  await using ports = await testPorts()
  const { call } = testApp(ports)
  const { json } = await call('GET', '/v1/openapi.json')
  assert.deepEqual(Object.keys(json.webhooks), Object.keys(hostEventTypes))
  const { post } = json.webhooks['connection.expiring']
  assert.deepEqual(post.requestBody.content['application/json'].schema, {
    $ref: '#/components/schemas/HostEventBody',
  })
  assert.ok(json.components.schemas.HostEventBody.properties.data)
})
