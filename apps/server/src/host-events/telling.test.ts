import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { sql } from '#ports/database.ts'
import { createHostHttp } from '#ports/host-http.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import type { ConnectedAccount } from '#testing/connected-account.ts'
import { hostReceiver, portsFor, quietly } from '#testing/host-receiver.ts'
import type { HostReceiver } from '#testing/host-receiver.ts'
import { eventually } from '#testing/pipeline.ts'
import { testApp } from '#testing/test-app.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { EventDispatcher } from './event-dispatcher.ts'
import { forgetOldEvents } from './forget-old-events.ts'
import { recordHostEvent } from './record-host-event.ts'
import { restartPending } from './store-deliveries.ts'
import { lockEndpoint } from './store-endpoints.ts'

/** Most events need none. */
const noLink = async (): Promise<undefined> => undefined

const DAY_MS = 24 * 60 * 60 * 1000

/** An account, an endpoint that is told everything, and a way to make things happen. */
async function world(ports: TestPorts, receiver: HostReceiver, endpoint: object = {}) {
  const { call, asHost } = testApp(ports)
  const account = await connectedAccount(ports)
  const made = await call('POST', '/v1/host-endpoints', {
    body: { url: receiver.url, ...endpoint },
    headers: asHost,
  })
  assert.equal(made.status, 201, made.text)
  const happen = async (n: number, of: ConnectedAccount = account): Promise<void> =>
    await ports.db.transaction(
      async (db) =>
        await recordHostEvent(ports, db, {
          type: 'connection.updated',
          tenantId: of.tenantId,
          connectionId: of.connectionId,
          data: { n },
        }),
    )
  const path = `/v1/host-endpoints/${made.json.id}`
  return { call, asHost, account, made: made.json, path, happen }
}

const numbers = (receiver: HostReceiver): number[] =>
  receiver.received.map(({ json }) => json.data.n)
const until = async (receiver: HostReceiver, count: number): Promise<true> =>
  await eventually(`${count} calls`, () => receiver.received.length >= count)

/** Every call in hand is written down. */
const settled = async (ports: TestPorts): Promise<true> =>
  await eventually('no lease', async () => {
    const held = await ports.db.many(
      sql`select 1 from host_deliveries where lease_owner is not null`,
    )
    return held.length === 0
  })

/** Leases go by the database's clock. */
const endLeases = async (ports: TestPorts): Promise<unknown> =>
  await ports.db.run(sql`
    update host_deliveries set lease_until = clock_timestamp() - interval '1 second' where lease_until is not null`)

test('an event is told once, signed so that the official library verifies it', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { account, made, happen, call, asHost } = await world(ports, receiver)
  await using _ = new EventDispatcher(ports, noLink)
  await happen(1)
  await until(receiver, 1)
  const [first] = receiver.received
  assert.ok(first)
  assert.match(made.secret, /^whsec_[\w+/]{43}=$/)
  receiver.verify(made.secret, first)
  assert.throws(() => receiver.verify(`whsec_${Buffer.alloc(32).toString('base64')}`, first))
  assert.throws(() => receiver.verify(made.secret, { ...first, text: `${first.text} ` }))
  assert.equal(first.headers['webhook-id'], first.json.id)
  assert.deepEqual(first.json, {
    id: first.json.id,
    type: 'connection.updated',
    timestamp: new Date(ports.clock.now()).toISOString(),
    data: { tenantId: account.tenantId, connectionId: account.connectionId, n: 1 },
  })
  await quietly()
  assert.equal(receiver.received.length, 1)
  const event = await eventually('delivered', async () => {
    const { json } = await call('GET', `/v1/host-events/${first.json.id}`, { headers: asHost })
    return json.deliveries[0].state === 'delivered' && json
  })
  assert.deepEqual(event.deliveries[0].lastResult, '200')
})

test('what is about one connection arrives in order, whatever fails in between', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen } = await world(ports, receiver)
  await using _ = new EventDispatcher(ports, noLink)
  receiver.answer(500)
  for (let n = 0; n < 12; n += 1) await happen(n)
  await until(receiver, 1)
  await quietly()
  assert.deepEqual(new Set(numbers(receiver)), new Set([0]))
  receiver.answer(200)
  const failed = receiver.received.length
  ports.clock.advance(DAY_MS)
  await until(receiver, failed + 12)
  assert.deepEqual(numbers(receiver).slice(failed), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
})

test('two workers tell each event once, and keep the order', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen } = await world(ports, receiver)
  const other = await connectedAccount(ports)
  await using _first = new EventDispatcher(ports, noLink)
  await using _second = new EventDispatcher(ports, noLink)
  for (let n = 0; n < 20; n += 1) {
    await happen(n)
    await happen(n, other)
  }
  await until(receiver, 40)
  await quietly()
  assert.equal(receiver.received.length, 40)
  const inOrder = Array.from({ length: 20 }, (_, n) => n)
  const of = (id: string) => receiver.received.filter(({ json }) => json.data.connectionId === id)
  assert.deepEqual(
    of(other.connectionId).map(({ json }) => json.data.n),
    inOrder,
  )
})

test('of more connections than one look takes in, none is forgotten', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { account } = await world(ports, receiver)
  const connections = Array.from({ length: 600 }, () => ports.random.uuid(ports.clock.now()))
  await ports.db.transaction(
    async (db) =>
      await recordHostEvent(
        ports,
        db,
        connections.flatMap((connectionId) =>
          [1, 2].map((n) => ({
            type: 'connection.updated' as const,
            tenantId: account.tenantId,
            connectionId,
            data: { n },
          })),
        ),
      ),
  )
  await using _ = new EventDispatcher(ports, noLink)
  await until(receiver, 1_200)
  const orders = Map.groupBy(receiver.received, ({ json }) => json.data.connectionId)
  assert.equal(orders.size, 600)
  for (const calls of orders.values()) {
    assert.deepEqual(
      calls.map(({ json }) => json.data.n),
      [1, 2],
    )
  }
})

test('what a transaction undoes is never told', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { account, happen } = await world(ports, receiver)
  await using _ = new EventDispatcher(ports, noLink)
  const undone = ports.db.transaction(async (db) => {
    const { tenantId, connectionId } = account
    await recordHostEvent(ports, db, {
      type: 'connection.updated',
      tenantId,
      connectionId,
      data: { n: 0 },
    })
    throw new Error('undone')
  })
  await assert.rejects(undone, /undone/)
  await happen(1)
  await until(receiver, 1)
  await quietly()
  assert.deepEqual(numbers(receiver), [1])
})

test('an event committed before everything stopped is told by the next worker', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen } = await world(ports, receiver)
  await happen(1)
  await using _ = new EventDispatcher(ports, noLink)
  await until(receiver, 1)
  assert.deepEqual(numbers(receiver), [1])
})

test('a worker killed in the middle of a call leaves the event to another, under the same id', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen } = await world(ports, receiver)
  receiver.answer('hang')
  // Killed: it never comes back from its call, and writes nothing.
  const dead = new EventDispatcher(ports, noLink)
  await happen(1)
  await until(receiver, 1)
  receiver.answer(200)
  await using _ = new EventDispatcher(ports, noLink)
  await quietly()
  assert.equal(receiver.received.length, 1, 'leased')
  await endLeases(ports)
  await until(receiver, 2)
  const [first, second] = receiver.received
  assert.equal(first?.headers['webhook-id'], second?.headers['webhook-id'])
  await dead[Symbol.asyncDispose]()
  const { state } = await ports.db.one<{ state: string }>(sql`select state from host_deliveries`)
  assert.equal(state, 'delivered', 'the late one changes nothing')
})

test('a worker that stops gives back what it could not finish', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen } = await world(ports, receiver)
  receiver.answer('hang')
  const stopping = new EventDispatcher(ports, noLink)
  await happen(1)
  await until(receiver, 1)
  await stopping[Symbol.asyncDispose]()
  receiver.answer(200)
  await using _ = new EventDispatcher(ports, noLink)
  await until(receiver, 2)
  await settled(ports)
  const row = await ports.db.one(sql`select attempts, state from host_deliveries`)
  assert.deepEqual(row, { attempts: 1, state: 'delivered' }, 'what was called off does not count')
})

test('a host that is away for two days gets everything when it is back', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen, call, asHost, path } = await world(ports, receiver)
  await using _ = new EventDispatcher(ports, noLink)
  receiver.answer('cut')
  for (let n = 0; n < 3; n += 1) await happen(n)
  for (let hours = 0; hours < 48; hours += 12) {
    const before = receiver.received.length
    ports.clock.advance(12 * 60 * 60 * 1000)
    await until(receiver, before + 1)
    await settled(ports)
  }
  const away = await call('GET', path, { headers: asHost })
  assert.equal(away.json.state, 'active')
  assert.ok(away.json.failingSince)
  receiver.answer(200)
  const before = receiver.received.length
  ports.clock.advance(12 * 60 * 60 * 1000)
  await until(receiver, before + 3)
  assert.deepEqual(numbers(receiver).slice(before), [0, 1, 2])
  await eventually('well again', async () => {
    const { json } = await call('GET', path, { headers: asHost })
    return json.failingSince === null
  })
})

test('an endpoint that takes nothing for three days is disabled, and says so', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen, call, asHost, path, made } = await world(ports, receiver)
  await using _ = new EventDispatcher(ports, noLink)
  receiver.answer(503)
  await happen(1)
  await happen(2)
  await until(receiver, 1)
  await settled(ports)
  ports.clock.advance(3 * DAY_MS - 1)
  await until(receiver, 2)
  await settled(ports)
  assert.equal((await call('GET', path, { headers: asHost })).json.state, 'active')
  ports.clock.advance(1)
  const ended = await eventually('disabled', async () => {
    const { json } = await call('GET', path, { headers: asHost })
    return json.state === 'disabled' && json
  })
  assert.equal(ended.disabledReason, 'failing')
  const { json: log } = await call('GET', '/v1/audit-log?action=host_endpoint.disabled', {
    headers: asHost,
  })
  assert.deepEqual(log.data[0].detail, { reason: 'failing', result: '503' })
  assert.equal(log.data[0].subjectId, made.id)
  const alerts = async () =>
    (await call('GET', '/v1/alerts?state=open', { headers: asHost })).json.data
  const [alert, ...more] = await alerts()
  assert.deepEqual([alert.kind, alert.severity, more], ['host_endpoint_disabled', 'critical', []])
  assert.match(alert.message, /no longer go to .* nothing for three days/)
  assert.ok(!alert.message.includes(new URL(receiver.url).pathname), 'not the whole address')

  // What waited is told when somebody has mended it.
  receiver.answer(200)
  const before = receiver.received.length
  await call('PATCH', path, { body: { state: 'active' }, headers: asHost })
  await until(receiver, before + 1)
  assert.deepEqual(numbers(receiver).slice(before), [2])
  assert.deepEqual(await alerts(), [])
})

test('an event that asks for a new login carries a fresh link with each try, kept nowhere', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen, call, asHost, account } = await world(ports, receiver)
  const { tenantId, connectionId } = account
  let made = 0
  await using _ = new EventDispatcher(ports, async (of) => {
    assert.deepEqual(of, { tenantId, connectionId })
    made += 1
    return `https://parley.example/c/secret-${made}`
  })
  receiver.answer(503)
  await happen(1)
  await ports.db.transaction(
    async (db) =>
      await recordHostEvent(ports, db, {
        type: 'connection.needs_reauth',
        tenantId,
        connectionId,
        data: { status: 'needs_reauth', reason: 'expired' },
      }),
  )
  await until(receiver, 1)
  await settled(ports)
  receiver.answer(200)
  ports.clock.advance(60_000)
  await until(receiver, 3)
  const [, plain, asking] = receiver.received.map(({ json }) => json)
  assert.deepEqual([plain.type, plain.data.reconnectUrl], ['connection.updated', undefined])
  assert.deepEqual(
    [asking.type, asking.data.reconnectUrl],
    ['connection.needs_reauth', 'https://parley.example/c/secret-1'],
  )
  assert.equal(made, 1)
  const { text } = await call('GET', '/v1/host-events', { headers: asHost })
  assert.doesNotMatch(text, /secret-1/)
})

test('410 disables an endpoint at once', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen, call, asHost, path } = await world(ports, receiver)
  await using _ = new EventDispatcher(ports, noLink)
  receiver.answer(410)
  await happen(1)
  await eventually('disabled', async () => {
    const { json } = await call('GET', path, { headers: asHost })
    return json.disabledReason === 'gone'
  })
  await happen(2)
  await quietly()
  assert.equal(receiver.received.length, 1)
})

test('what an old address answers after a move says nothing of the endpoint', async () => {
  for (const late of [410, 503]) {
    await using receiver = await hostReceiver()
    await using ports = await portsFor(receiver)
    const { happen, call, asHost, path } = await world(ports, receiver)
    receiver.answer('hang', '/hook')
    {
      await using _ = new EventDispatcher(ports, noLink)
      await happen(1)
      await until(receiver, 1)
      const body = { url: receiver.url.replace('/hook', '/moved') }
      assert.equal((await call('PATCH', path, { body, headers: asHost })).status, 200)
      // At once, although the call to the old address is still under way.
      await until(receiver, 2)
      await settled(ports)
      receiver.answerHanging(late)
    }
    assert.deepEqual(
      receiver.received.map((one) => one.path),
      ['/hook', '/moved'],
    )
    const { json } = await call('GET', path, { headers: asHost })
    assert.deepEqual([json.state, json.failingSince], ['active', null], String(late))
    const told = await ports.db.one(sql`select state, attempts, last_result from host_deliveries`)
    assert.deepEqual(told, { state: 'delivered', attempts: 1, last_result: '200' })
  }
})

test('an endpoint that hangs holds back no other', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen, call, asHost } = await world(ports, receiver)
  const url = receiver.url.replace('/hook', '/dead')
  await call('POST', '/v1/host-endpoints', { body: { url }, headers: asHost })
  receiver.answer('hang', '/dead')
  const dispatcher = new EventDispatcher(ports, noLink)
  for (let n = 0; n < 30; n += 1) await happen(n)
  const at = (path: string): number[] =>
    receiver.received.filter((one) => one.path === path).map(({ json }) => json.data.n)
  await eventually('all at the living one', () => at('/hook').length === 30)
  assert.deepEqual(at('/dead'), [0])
  await receiver[Symbol.asyncDispose]()
  await dispatcher[Symbol.asyncDispose]()
})

test('of a failing endpoint one delivery at a time is tried, of a healthy one several', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen } = await world(ports, receiver)
  const accounts = await Promise.all([1, 2, 3, 4].map(async () => await connectedAccount(ports)))
  await ports.db.run(sql`update host_endpoints set failing_since = ${new Date(ports.clock.now())}`)
  receiver.answer('hang')
  for (const account of accounts) await happen(1, account)
  const dispatcher = new EventDispatcher(ports, noLink)
  await until(receiver, 1)
  await quietly()
  assert.equal(receiver.received.length, 1)
  await ports.db.run(sql`update host_endpoints set failing_since = null`)
  await until(receiver, 4)
  await receiver[Symbol.asyncDispose]()
  await dispatcher[Symbol.asyncDispose]()
})

test('an endpoint is enabled by hand while an attempt at it is written down: neither waits for ever', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen, made } = await world(ports, receiver)
  await using _ = new EventDispatcher(ports, noLink)
  receiver.answer(500)
  await ports.db.transaction(async (db) => {
    // Of two that wait for each other this one is told, and the test fails.
    await db.run(sql`set local deadlock_timeout = '10ms'`)
    await lockEndpoint(db, null, made.id)
    await happen(1)
    await until(receiver, 1)
    await eventually('the attempt waits for the endpoint', async () => {
      const waiting = await ports.db.many(sql`
        select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
      return waiting.length === 1
    })
    receiver.answer(200)
    await restartPending(db, made.id, new Date(ports.clock.now()))
  })
  await until(receiver, 2)
  await settled(ports)
  assert.deepEqual(numbers(receiver), [1, 1])
})

test('a redirect is no answer, and nobody follows it', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen, made, call, asHost } = await world(ports, receiver)
  await using _ = new EventDispatcher(ports, noLink)
  receiver.answer(302, '/hook')
  receiver.redirect(receiver.url.replace('/hook', '/elsewhere'))
  await happen(1)
  await until(receiver, 1)
  await settled(ports)
  await quietly()
  assert.deepEqual(new Set(receiver.received.map(({ path }) => path)), new Set(['/hook']))
  const { json } = await call('GET', `/v1/host-events?endpointId=${made.id}`, { headers: asHost })
  assert.deepEqual(
    [json.data[0].deliveries[0].state, json.data[0].deliveries[0].lastResult],
    ['pending', '302'],
  )
})

test('an address that turned private after it was accepted is not called', async () => {
  await using receiver = await hostReceiver()
  let stands = '93.184.216.34'
  const hostHttp = createHostHttp({ privateTargets: [], resolve: async () => [stands] })
  await using ports = await portsFor(receiver, { hostHttp })
  const port = receiver.target.split(':')[1]
  const url = `https://rebinding.example:${port}/hook`
  const { happen, made, call, asHost } = await world(ports, receiver, { url })
  stands = '127.0.0.1'
  await using _ = new EventDispatcher(ports, noLink)
  await happen(1)
  const told = await eventually('refused', async () => {
    const { json } = await call('GET', `/v1/host-events?endpointId=${made.id}`, { headers: asHost })
    const [delivery] = json.data[0].deliveries
    return delivery.attempts > 0 && delivery
  })
  assert.deepEqual([told.state, told.lastResult], ['pending', 'private_address'])
  assert.equal(receiver.received.length, 0)
  const metrics = await call('GET', '/metrics')
  assert.match(metrics.text, /^parley_host_events_waiting 1$/m)
  assert.match(metrics.text, /^parley_host_endpoints_failing 1$/m)
})

test('after a roll-over both secrets sign for a day, then the new one alone', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen, call, asHost, path, made } = await world(ports, receiver)
  await using _ = new EventDispatcher(ports, noLink)
  const rolled = await call('POST', `${path}/roll-secret`, { headers: asHost })
  assert.equal(rolled.status, 200)
  assert.notEqual(rolled.json.secret, made.secret)
  await happen(1)
  await until(receiver, 1)
  const [first] = receiver.received
  assert.ok(first)
  receiver.verify(made.secret, first)
  receiver.verify(rolled.json.secret, first)

  ports.clock.advance(DAY_MS)
  await happen(2)
  await until(receiver, 2)
  const [, second] = receiver.received
  assert.ok(second)
  // The library compares with the real time; ours was moved.
  const signatures = String(second.headers['webhook-signature']).split(' ')
  assert.equal(signatures.length, 1)
  const at = new Date(Number(second.headers['webhook-timestamp']) * 1000)
  const expected = new Webhook(rolled.json.secret).sign(second.json.id, at, second.text)
  assert.deepEqual(signatures, [expected])
})

test('an event is told again when asked, with its old id, to who wants it', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen, call, asHost } = await world(ports, receiver)
  await using _ = new EventDispatcher(ports, noLink)
  await happen(1)
  await until(receiver, 1)
  await settled(ports)
  const id = receiver.received[0]?.json.id
  const again = await call('POST', `/v1/host-events/${id}/replay`, { headers: asHost })
  assert.deepEqual([again.status, again.json], [202, { replayed: 1 }])
  await until(receiver, 2)
  assert.equal(receiver.received[1]?.headers['webhook-id'], id)
})

test('an endpoint made later is told the events of a time, oldest first, page by page', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen, call, asHost, path } = await world(ports, receiver)
  await call('DELETE', path, { headers: asHost })
  await happen(0)
  ports.clock.advance(60_000)
  const from = new Date(ports.clock.now()).toISOString()
  for (let n = 1; n <= 1_002; n += 1) await happen(n)
  ports.clock.advance(60_000)
  const to = new Date(ports.clock.now()).toISOString()
  await happen(2_000)

  const made = await call('POST', '/v1/host-endpoints', {
    body: { url: receiver.url },
    headers: asHost,
  })
  const ask = async (more: object) =>
    (
      await call('POST', '/v1/host-events/replay', {
        body: { from, to, endpointId: made.json.id, ...more },
        headers: asHost,
      })
    ).json
  const first = await ask({})
  assert.equal(first.replayed, 1_000)
  const second = await ask({ cursor: first.nextCursor })
  assert.deepEqual(second, { replayed: 2, nextCursor: null })
  assert.deepEqual((await ask({})).replayed, 0, 'what still waits is sent once')
  const waiting = await ports.db.many<{ event_id: string }>(
    sql`select event_id from host_deliveries where state = 'pending' order by seq`,
  )
  const ids = waiting.map(({ event_id }) => event_id)
  assert.deepEqual(ids, ids.toSorted())
  assert.equal(ids.length, 1_002)
})

test('an endpoint is told what it asked for, of its tenant, and nothing else', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { happen, call, asHost, account, path } = await world(ports, receiver)
  await call('DELETE', path, { headers: asHost })
  const other = await connectedAccount(ports)
  const add = async (at: string, more: object) =>
    await call('POST', '/v1/host-endpoints', {
      body: { url: receiver.url.replace('hook', at), ...more },
      headers: asHost,
    })
  await add('mine', { tenantId: account.tenantId })
  await add('theirs', { tenantId: other.tenantId })
  await add('all', {})
  await add('none', { events: ['message.failed'] })
  await using _ = new EventDispatcher(ports, noLink)
  await happen(1)
  await happen(2, other)
  await until(receiver, 4)
  await quietly()
  assert.deepEqual(
    receiver.received.map(({ path: at, json }) => `${at} ${json.data.n}`).toSorted(),
    ['/all 1', '/all 2', '/mine 1', '/theirs 2'],
  )
  // Not by a replay either.
  await call('POST', '/v1/host-events/replay', {
    body: { from: '2020-01-01T00:00:00Z' },
    headers: asHost,
  })
  await until(receiver, 8)
  await quietly()
  assert.equal(receiver.received.filter(({ path: at }) => at === '/theirs').length, 2)
  assert.equal(receiver.received.filter(({ path: at }) => at === '/none').length, 0)
})

test('events and secrets are sealed at rest, and gone after thirty days', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { account, made } = await world(ports, receiver)
  await ports.db.transaction(
    async (db) =>
      await recordHostEvent(ports, db, {
        type: 'capability.changed',
        tenantId: account.tenantId,
        connectionId: account.connectionId,
        data: { reason: 'a-canary' },
      }),
  )
  const dump = JSON.stringify(
    await ports.db.many(sql`
      select to_jsonb(e) || jsonb_build_object('raw', encode(e.sealed, 'escape')) as row from host_events e
      union all select to_jsonb(s) || jsonb_build_object('raw', encode(s.sealed, 'escape')) from host_endpoint_secrets s
      union all select to_jsonb(p) from host_endpoints p`),
  )
  assert.match(dump, /127\.0\.0\.1/)
  assert.doesNotMatch(dump, /canary/)
  assert.ok(!dump.includes(made.secret.slice(6, 20)))

  ports.clock.advance(30 * DAY_MS)
  await forgetOldEvents(ports)
  const count = async () =>
    (await ports.db.many(sql`select 1 from host_events union all select 1 from host_deliveries`))
      .length
  assert.equal(await count(), 2)
  ports.clock.advance(1)
  await forgetOldEvents(ports)
  assert.equal(await count(), 0)
})

test('an event or a secret that was swapped in the database is neither sent nor used, and both are audited', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { call, asHost, made, path, happen } = await world(ports, receiver)
  await happen(1)
  await happen(2)
  await ports.db.run(sql`
    update host_events e set sealed = other.sealed from host_events other where other.id <> e.id`)
  const failures = async (table: string): Promise<number> =>
    (
      await ports.db.many(sql`
        select 1 from audit_log where action = 'value.unseal_failed' and detail ->> 'table' = ${table}`)
    ).length
  {
    await using _ = new EventDispatcher(ports, noLink)
    await eventually('both are given up', async () => {
      const { json } = await call('GET', '/v1/host-events?state=failed', { headers: asHost })
      return json.data.length === 2
    })
  }
  await eventually('two lines', async () => (await failures('host_events')) >= 2)

  const second = await call('POST', '/v1/host-endpoints', {
    body: { url: `${receiver.url}/second` },
    headers: asHost,
  })
  await ports.db.run(sql`
    update host_endpoint_secrets s set sealed = other.sealed from host_endpoint_secrets other
    where other.endpoint_id <> s.endpoint_id`)
  await happen(3)
  await using _ = new EventDispatcher(ports, noLink)
  const stateOf = async (at: string): Promise<unknown> => {
    const { state, disabledReason } = (await call('GET', at, { headers: asHost })).json
    return `${state} ${disabledReason}`
  }
  for (const at of [path, `/v1/host-endpoints/${second.json.id}`]) {
    await eventually('it is off', async () => (await stateOf(at)) === 'disabled secret_lost')
  }
  await eventually('its lines', async () => (await failures('host_endpoint_secrets')) >= 2)
  assert.deepEqual(receiver.received, [], `nothing was sent for ${made.id}`)
})

test('an endpoint whose secret is lost is disabled with its audit line and its alert, or not at all', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { call, asHost, path, happen } = await world(ports, receiver)
  await ports.db.run(sql`update host_endpoint_secrets set sealed = ${Buffer.alloc(64)}`)
  await ports.db.run(sql`
    create function fail() returns trigger language plpgsql as
    $$begin raise exception 'no alerts now'; end$$`)
  await ports.db.run(
    sql`create trigger fail before insert on alerts for each row execute function fail()`,
  )
  const gate = Promise.withResolvers<void>()
  const log = {
    ...ports.log,
    warn: (fields: object) => void ('event' in fields && gate.resolve()),
  }
  await using _ = new EventDispatcher({ ...ports, log }, noLink)
  await happen(1)
  await gate.promise
  const kept = async () => {
    const { json } = await call('GET', path, { headers: asHost })
    const lines = await ports.db.many(
      sql`select 1 from audit_log where action = 'host_endpoint.disabled'`,
    )
    const alerts = await ports.db.many(
      sql`select 1 from alerts where kind = 'host_endpoint_disabled'`,
    )
    return [json.disabledReason, lines.length, alerts.length]
  }
  assert.deepEqual(await kept(), [null, 0, 0])

  await ports.db.run(sql`drop function fail() cascade`)
  await endLeases(ports)
  await eventually('it is off', async () => (await kept())[0] !== null)
  assert.deepEqual(await kept(), ['secret_lost', 1, 1])
})
