import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventDispatcher } from '#host-events/event-dispatcher.ts'
import { sql } from '#ports/database.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import type { ConnectedAccount } from '#testing/connected-account.ts'
import { eraseNow } from '#testing/erase-now.ts'
import { hostReceiver, portsFor } from '#testing/host-receiver.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import { formOf, signedForm } from '#testing/signed-form.ts'
import { testApp } from '#testing/test-app.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { Json } from '#testing/test-connect.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { carryOutErasures } from './carry-out-erasures.ts'
import { OF_TENANT, STORES } from './stores.ts'

const DELETION = '/webhooks/meta/data-deletion'
const html = { accept: 'text/html' }

type Pipeline = Awaited<ReturnType<typeof testPipeline>>

/** An account whose app-scoped id Meta's callbacks name. */
async function named(
  ports: TestPorts,
  scopedId: string,
): Promise<ConnectedAccount & { scopedId: string }> {
  const account = await connectedAccount(ports)
  await ports.db.run(sql`
    update connections set app_scoped_id = ${scopedId}, username = ${`canary.${scopedId}`} where id = ${account.connectionId}`)
  return { ...account, scopedId }
}

/** Lines of some people, answered. */
async function talk(world: Pipeline, account: ConnectedAccount, people: string[]): Promise<void> {
  const { ports } = world
  for (const igsid of people) {
    const mid = `m-${account.connectionId}-${igsid}`
    await world.deliver(
      delivery(account, line(account, igsid, mid, `canary of ${igsid}`, ports.clock.now())),
    )
  }
  await eventually('every line to be answered', async () => {
    const { count } = await ports.db.one<{ count: number }>(sql`
      select count(*) as count from messages
      where connection_id = ${account.connectionId} and direction = 'outbound' and status = 'sent'`)
    return count === people.length
  })
}

/** Every row of every table, as text. Byte values stand in it as hex. */
async function dump(ports: TestPorts): Promise<string> {
  const tables = await ports.db.many<{ name: string }>(sql`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname in ('public', 'auth')`)
  assert.ok(tables.length > 20)
  const texts: string[] = []
  for (const { name } of tables) {
    const statement = {
      text: `select '${name}', t::text as row from ${name} t`,
      name: '',
      values: [],
    }
    for (const { row } of await ports.db.many<{ row: string }>(statement)) texts.push(row)
  }
  return texts.join('\n')
}

/** Everything sealed that the tenant has now, as hex. */
async function sealedOf(ports: TestPorts, tenantId: string): Promise<string[]> {
  const rows = await ports.db.many<{ hex: string }>(sql`
    select encode(sealed, 'hex') as hex from messages where tenant_id = ${tenantId} and sealed is not null
    union all select encode(sealed, 'hex') from deliveries where tenant_id = ${tenantId} and sealed is not null
    union all select encode(sealed_flow_state, 'hex') from conversations
      where tenant_id = ${tenantId} and sealed_flow_state is not null
    union all select sealed_token from grants where tenant_id = ${tenantId} and sealed_token is not null`)
  assert.ok(rows.length > 3)
  return rows.map(({ hex }) => hex)
}

/** A message of the host's whose answer is kept. */
async function sendOnce(ports: TestPorts, connectionId: string): Promise<void> {
  const { call, asHost } = testApp(ports)
  const { id } = await ports.db.one<{ id: string }>(
    sql`select id from conversations where connection_id = ${connectionId} limit 1`,
  )
  const sent = await call('POST', `/v1/conversations/${id}/messages`, {
    headers: { ...asHost, 'idempotency-key': connectionId },
    body: { text: 'canary of the host' },
  })
  assert.equal(sent.status, 202)
}

const countOf = async (ports: TestPorts, tenantId: string): Promise<number> =>
  (
    await ports.db.one<{ count: number }>(
      sql`select count(*) as count from messages where tenant_id = ${tenantId}`,
    )
  ).count

test('after a deletion nothing of the account is left in any table, and nothing of another is gone', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call } = testApp(ports)
  const gone = await named(ports, '700001')
  const stays = await named(ports, '700002')
  await talk(world, gone, ['910001', '910002'])
  await talk(world, stays, ['910003'])
  const sealed = await sealedOf(ports, gone.tenantId)
  const kept = await sealedOf(ports, stays.tenantId)
  await ports.db.run(sql`
    update people set name = 'Canary Name' where connection_id = ${gone.connectionId}`)
  for (const { connectionId } of [gone, stays]) await sendOnce(ports, connectionId)

  const asked = await call('POST', DELETION, signedForm(gone.scopedId))
  assert.equal(asked.status, 200)
  assert.match(asked.json.confirmation_code, /^[0-9a-f]{32}$/)
  assert.equal(asked.json.url, `${ports.config.url}/data-deletion/${asked.json.confirmation_code}`)
  const revoked = await ports.db.one<{ status: string; tokens: number }>(sql`
    select c.status, (select count(*) from grants g where g.connection_id = c.id and g.sealed_token is not null) as tokens
    from connections c where c.id = ${gone.connectionId}`)
  assert.deepEqual(revoked, { status: 'revoked', tokens: 0 }, 'at once, before any job')

  await eraseNow(ports)
  const left = await dump(ports)
  const traces = [gone.accountId, gone.scopedId, '910001', '910002', 'canary.700001', 'Canary Name']
  for (const trace of [...traces, ...sealed]) assert.ok(!left.includes(trace), trace)
  for (const trace of [stays.accountId, '910003', ...kept]) assert.ok(left.includes(trace), trace)
  const answers = await ports.db.many(sql`select key from idempotent_answers`)
  assert.deepEqual(answers, [{ key: stays.connectionId }])
})

test('the host is told that a connection was deleted, however late it listens', async () => {
  await using receiver = await hostReceiver()
  await using ports = await portsFor(receiver)
  const { call, asHost } = testApp(ports)
  const gone = await named(ports, '700001')
  const stays = await named(ports, '700002')
  const host = { headers: asHost }
  const body = { url: receiver.url }
  const made = await call('POST', '/v1/host-endpoints', { body, ...host })
  receiver.answer(503)
  await using _ = new EventDispatcher(ports, async () => undefined)

  const deauthorized = await call('POST', '/webhooks/meta/deauthorize', signedForm(gone.scopedId))
  assert.equal(deauthorized.status, 200)
  await eventually('a try in vain', () => receiver.received.length > 0)
  assert.equal((await call('POST', DELETION, signedForm(gone.scopedId))).status, 200)
  await eraseNow(ports)
  assert.equal((await call('GET', `/v1/connections/${gone.connectionId}`, host)).status, 404)

  receiver.answer(200)
  receiver.received.length = 0
  ports.clock.advance(3_600_000)
  ports.signals.wake('host-events')
  await eventually('both', () => receiver.received.length === 2)
  assert.deepEqual(
    receiver.received.map(({ json }) => [json.type, json.data.connectionId, json.data.reason]),
    [
      ['connection.revoked', gone.connectionId, 'deauthorized'],
      ['connection.revoked', gone.connectionId, 'data_deletion'],
    ],
  )
  for (const { text } of receiver.received) assert.ok(!text.includes('700001'), text)

  await call('PATCH', `/v1/host-endpoints/${made.json.id}`, {
    body: { state: 'disabled' },
    ...host,
  })
  const told = await call('POST', '/webhooks/meta/data-deletion', signedForm(stays.scopedId))
  assert.equal(told.status, 200)
  await eraseNow(ports)
  const left = await call('GET', `/v1/host-events?connectionId=${stays.connectionId}`, host)
  assert.deepEqual(
    left.json.data.map(({ type, data }: Json) => [type, data.reason]),
    [['connection.revoked', 'data_deletion']],
  )
})

test('asked again, or played again, there is one code, one page and one erasure', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call } = testApp(ports)
  const account = await named(ports, '700001')
  await talk(world, account, ['910001'])
  const form = signedForm(account.scopedId)
  const codes = new Set<string>()
  const ask = async (what = form): Promise<void> => {
    const { status, json } = await call('POST', DELETION, what)
    assert.equal(status, 200)
    codes.add(json.confirmation_code)
  }
  await Promise.all([ask(), ask(), ask(signedForm(account.scopedId))])
  await eraseNow(ports)
  await ask()
  await ask(signedForm(account.scopedId))
  assert.equal(codes.size, 1)
  assert.equal((await ports.db.many(sql`select 1 from data_deletions`)).length, 1)

  const again = await named(ports, account.scopedId)
  await talk(world, again, ['910002'])
  await ask(form)
  await eraseNow(ports)
  assert.equal(await countOf(ports, again.tenantId), 2, 'an old request deletes nothing newer')
  await ask(signedForm(account.scopedId))
  await eraseNow(ports)
  assert.equal(await countOf(ports, again.tenantId), 0)
  assert.equal(codes.size, 2, 'a new request about new data is another erasure')
})

test('the page says what was asked when, how far each kind of data is, and is the receipt', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call } = testApp(ports)
  const account = await named(ports, '700001')
  await talk(world, account, ['910001'])
  const { json } = await call('POST', DELETION, signedForm(account.scopedId))
  const open = async (): Promise<{ status: number; text: string; headers: Headers }> =>
    await call('GET', `/data-deletion/${json.confirmation_code}`, { headers: html })
  const waiting = await open()
  assert.equal(waiting.status, 200)
  assert.match(waiting.text, /Your data is being deleted/)
  assert.match(waiting.text, /2026-11-20, 12:00 UTC/)
  assert.match(waiting.text, /Still to come/)
  assert.equal(waiting.headers.get('refresh'), '5')
  ports.clock.advance(60_000)
  await eraseNow(ports)
  const done = await open()
  assert.match(done.text, /Your data was deleted/)
  assert.match(done.text, /2026-11-20, 12:01 UTC/)
  assert.match(done.text, /<li>Messages: 2 records<\/li>/)
  assert.match(done.text, /<li>Access tokens: 1 record<\/li>/)
  assert.doesNotMatch(done.text, /Still to come|<script|canary|tenant-/)
  assert.equal(done.headers.get('refresh'), null)
})

test('an id nobody knows gets a code and a page that says so; the test button’s is a test', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call } = testApp(ports)
  await named(ports, '700001')
  const codes: string[] = []
  for (const [userId, words] of [
    ['424242', /Nothing was held/],
    ['0', /A test, and it works/],
  ] as const) {
    const first = await call('POST', DELETION, signedForm(userId))
    const second = await call('POST', DELETION, signedForm(userId))
    assert.equal(first.json.confirmation_code, second.json.confirmation_code)
    codes.push(first.json.confirmation_code)
    const path = new URL(first.json.url).pathname
    const { status, text } = await call('GET', path, { headers: html })
    assert.equal(status, 200)
    assert.match(text, words)
  }
  assert.equal(new Set(codes).size, 2)
  assert.equal(
    (await ports.db.many(sql`select 1 from connections where status = 'active'`)).length,
    1,
  )
})

test('an account that connects again while it is erased waits for the end of it, and is new then', async () => {
  await using world = await testConnectWorld()
  const { ports } = world
  const { id } = await world.connected()
  // As it happens at Meta: first the app is removed, then the request is sent.
  await world.call('POST', '/webhooks/meta/deauthorize', signedForm('28978671838402973'))
  await world.call('POST', DELETION, signedForm('28978671838402973'))
  const early = await world.walk((await world.session()).url)
  assert.equal(early.location?.searchParams.get('error'), 'connect/being-erased')
  await eraseNow(ports)
  assert.equal((await ports.db.many(sql`select 1 from grants`)).length, 0)
  assert.ok(!(await dump(ports)).includes('17841400000000101'))
  const back = await world.connected()
  assert.equal(back.status, 'active')
  assert.notEqual(back.id, id)
})

test('the history of an account that was disconnected long ago goes as well', async () => {
  await using world = await testConnectWorld()
  const { ports } = world
  const { id } = await world.connected()
  await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
  const asked = await world.call('POST', DELETION, signedForm('28978671838402973'))
  await eraseNow(ports)
  assert.ok(!(await dump(ports)).includes('17841400000000101'))
  const { text } = await world.call('GET', new URL(asked.json.url).pathname, { headers: html })
  assert.match(text, /Your data was deleted/)
})

test('with the Facebook login every page of the user goes, in every tenant, and no other page', async () => {
  await using world = await testConnectWorld()
  const { ports } = world
  const casa = await world.connected({}, { login: 'facebook', pages: ['Casa Verde'] })
  const nia = await world.connected(
    { tenantId: 'shop' },
    { login: 'facebook', pages: ['Studio Nia'] },
  )
  const lumen = await world.connected({ tenantId: 'shop' })
  const { user_id } = await ports.db.one<{ user_id: string }>(
    sql`select distinct token_user_id as user_id from grants where login = 'facebook'`,
  )
  await world.call('POST', DELETION, signedForm(user_id, { app: 'facebook' }))
  await eraseNow(ports)
  for (const { id } of [casa, nia]) assert.equal((await world.find(id)).status, 404)
  assert.equal((await world.find(lumen.id)).status, 'active')
  assert.ok(!(await dump(ports)).includes(user_id))
})

test('a code nobody was given is a page with 404, whatever it looks like', async () => {
  await using world = await testPipeline()
  const { call } = testApp(world.ports)
  for (const code of ['0'.repeat(32), 'x', '%00', '<b>', '0'.repeat(33)]) {
    const { status, text } = await call('GET', `/data-deletion/${encodeURIComponent(code)}`)
    assert.equal(status, 404, code)
    assert.match(text, /<h1>There is no such deletion request<\/h1>/)
    assert.doesNotMatch(text, /<b>/)
  }
})

test('a job killed between any two batches is finished by the next, and ends once', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call } = testApp(ports)
  const account = await named(ports, '700001')
  await talk(world, account, ['910001', '910002', '910003'])
  const { json } = await call('POST', DELETION, signedForm(account.scopedId))

  // Dies after each of its first transactions in turn: what was committed is all that is left of it.
  let transactions = 0
  for (let livesFor = 1; livesFor < 40; livesFor += 1) {
    let left = livesFor
    const dying: TestPorts = {
      ...ports,
      db: {
        ...ports.db,
        transaction: async (work) => {
          if (left === 0) throw new Error('killed')
          left -= 1
          transactions += 1
          return await ports.db.transaction(work)
        },
      },
    }
    await eraseNow(dying).catch((error: Error) => assert.equal(error.message, 'killed'))
    await ports.db.run(sql`update data_deletions set lease_until = null`)
    const { finished_at: finishedAt } = await ports.db.one<{ finished_at: Date | null }>(
      sql`select finished_at from data_deletions where code = ${json.confirmation_code}`,
    )
    if (finishedAt !== null) break
  }
  assert.ok(transactions > 10)
  assert.ok(!(await dump(ports)).includes(account.accountId))
  const steps = await ports.db.many<{ store: string; deleted: number; done: boolean }>(
    sql`select store, deleted, done_at is not null as done from data_deletion_steps order by n`,
  )
  assert.ok(steps.every(({ done }) => done))
  assert.equal(steps.find(({ store }) => store === 'messages')?.deleted, 6)
  assert.equal(steps.find(({ store }) => store === 'people')?.deleted, 3)
  await Promise.all([eraseNow(ports), eraseNow(ports)])
  const lines = await ports.db.many(sql`select 1 from audit_log where action = 'erasure.finished'`)
  assert.equal(lines.length, 1)
})

test('two workers whose leases both ran out erase each row once', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call } = testApp(ports)
  const account = await named(ports, '700001')
  await talk(world, account, ['910001', '910002'])
  await call('POST', DELETION, signedForm(account.scopedId))
  const expired: TestPorts = {
    ...ports,
    db: {
      ...ports.db,
      // Whoever looks finds it free.
      maybe: async (statement) => {
        await ports.db.run(sql`update data_deletions set lease_until = null`)
        return await ports.db.maybe(statement)
      },
    },
  }
  await Promise.all([eraseNow(expired), eraseNow(expired), eraseNow(expired)])
  const steps = await ports.db.many<{ store: string; deleted: number }>(
    sql`select store, deleted from data_deletion_steps where store in ('messages', 'people') order by store`,
  )
  assert.deepEqual(steps, [
    { store: 'messages', deleted: 4 },
    { store: 'people', deleted: 2 },
  ])
})

test('a transaction that saw the account alive is waited for before anything is erased', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call } = testApp(ports)
  const account = await named(ports, '700001')
  await talk(world, account, ['910001'])
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  let begun = (): void => undefined
  const isBegun = new Promise<void>((resolve) => (begun = resolve))
  const slow = ports.db.transaction(async (db) => {
    await db.run(sql`insert into workers (id, seen_at) values ('slow', now())`)
    begun()
    await held
    await db.run(sql`
      insert into people (tenant_id, connection_id, igsid, first_seen_at)
      values (${account.tenantId}, ${account.connectionId}, '910009', now())`)
  })
  await isBegun
  await call('POST', DELETION, signedForm(account.scopedId))
  await carryOutErasures(ports)
  assert.equal(await countOf(ports, account.tenantId), 2, 'nothing yet')
  release()
  await slow
  await eventually('the erasure', async () => {
    await carryOutErasures(ports)
    const done = sql`select 1 from data_deletions where finished_at is not null`
    return (await ports.db.many(done)).length > 0
  })
  assert.ok(!(await dump(ports)).includes('910009'))
})

test('bodies that came when the account was nobody’s any more go too', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call } = testApp(ports)
  const account = await named(ports, '700001')
  await talk(world, account, ['910001'])
  await ports.db.run(
    sql`update connections set status = 'revoked' where id = ${account.connectionId}`,
  )
  await world.deliver(
    delivery(account, line(account, '910001', 'late', 'canary', ports.clock.now())),
  )
  const unowned = async (): Promise<number> =>
    (
      await ports.db.many(
        sql`select 1 from deliveries where tenant_id is null and state <> 'stored'`,
      )
    ).length
  await eventually('the late delivery to be nobody’s', async () => (await unowned()) === 1)
  await call('POST', DELETION, signedForm(account.scopedId))
  await eraseNow(ports)
  assert.equal(await unowned(), 0)
})

test('of a tenant with two accounts the other one keeps all of its own, over any number of batches', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call } = testApp(ports)
  const gone = await named(ports, '700001')
  const { tenantId } = gone
  const stays = {
    ...gone,
    connectionId: ports.random.uuid(ports.clock.now()),
    accountId: '17841400077777777',
  }
  await ports.db.run(sql`
    insert into connections (tenant_id, id, account_id, status, asked_capabilities, created_at, updated_at)
    select tenant_id, ${stays.connectionId}, ${stays.accountId}, status, asked_capabilities, created_at, updated_at
    from connections where id = ${gone.connectionId}`)
  await ports.db.run(sql`
    insert into automations (tenant_id, connection_id, body, updated_at)
    select tenant_id, ${stays.connectionId}, body, updated_at from automations where connection_id = ${gone.connectionId}`)
  await ports.db.run(sql`
    insert into grants (tenant_id, id, connection_id, login, status, app_id, sealed_token, scopes, asked_capabilities, issued_at, expires_at, expiry, created_at)
    select tenant_id, gen_random_uuid(), ${stays.connectionId}, login, 'active', app_id, null, scopes, asked_capabilities, issued_at, expires_at, expiry, created_at
    from grants where connection_id = ${gone.connectionId}`)
  await talk(world, gone, ['910001'])
  const accounts = [gone, stays]
  for (let n = 0; n < 520; n += 1) {
    const { accountId, connectionId } = accounts[n % 2] ?? gone
    for (const owner of [tenantId, null]) {
      const id = ports.random.uuid(ports.clock.now())
      const sealer = owner === null ? ports.vault.inbox() : await ports.vault.tenant(owner)
      // The other account's id is longer by a digit in some: no id stands inside another.
      const body = n % 4 === 1 ? `{"id":"${gone.accountId}0"}` : `{"id":${accountId}}`
      const sealed = sealer.seal({ table: 'deliveries', row: `${id}/0`, column: 'sealed' }, body)
      await ports.db.run(sql`
        insert into deliveries (id, tenant_id, received_at, signed_with, bytes, sealed, state)
        values (${id}, ${owner}, ${new Date(ports.clock.now())}, ${connectionId}, 1, ${sealed}, 'processed')`)
    }
  }
  const made = ports.random.uuid(ports.clock.now())
  await ports.db.run(sql`
    insert into conversations (tenant_id, id, connection_id, igsid, created_at)
    values (${tenantId}, ${made}, ${stays.connectionId}, '910009', now())`)
  for (const { connectionId } of accounts) {
    const { id } = await ports.db.one<{ id: string }>(
      sql`select id from conversations where connection_id = ${connectionId}`,
    )
    await ports.db.run(sql`
      insert into messages (tenant_id, id, connection_id, conversation_id, direction, author, kind, status, at)
      select ${tenantId}, gen_random_uuid(), ${connectionId}, ${id}, 'inbound', 'person', 'text', 'received', now()
      from generate_series(1, 1500)`)
    await ports.db.run(sql`
      insert into turns (tenant_id, id, conversation_id, line_epoch, stop_epoch, lines, state, decided_at)
      select ${tenantId}, gen_random_uuid(), ${id}, 0, 0, '{}', 'decided', now() from generate_series(1, 1500)`)
  }
  await call('POST', DELETION, signedForm(gone.scopedId))
  await eraseNow(ports)
  const left = await ports.db.one(sql`
    select (select count(*) from messages) as messages, (select count(*) from turns) as turns,
      (select count(*) from conversations) as conversations, (select count(*) from automations) as automations,
      (select count(*) from deliveries where tenant_id is not null) as owned,
      (select count(*) from deliveries where tenant_id is null) as unowned,
      (select count(distinct signed_with) from deliveries) as accounts`)
  assert.deepEqual(left, {
    messages: 1500,
    turns: 1500,
    conversations: 1,
    automations: 1,
    owned: 260,
    unowned: 260,
    accounts: 1,
  })
})

test('every table that holds something of a tenant has a store that erases it', async () => {
  await using world = await testPipeline()
  const covered = new Set<string>(OF_TENANT.flatMap((store) => [...STORES[store].tables]))
  // Ids and times only, and the record of the erasing itself.
  const outlive = ['audit_log', 'data_deletions', 'data_deletion_steps']
  const tables = await world.ports.db.many<{ name: string }>(sql`
    select distinct table_name as name from information_schema.columns
    where table_schema = 'public' and column_name in ('tenant_id', 'connection_id', 'conversation_id')`)
  assert.ok(tables.length > 15)
  const uncovered = tables.map(({ name }) => name).filter((name) => !covered.has(name))
  assert.deepEqual(uncovered.toSorted(), outlive.toSorted())
})

test('a form with the request twice is nobody’s', async () => {
  await using world = await testPipeline()
  const { call } = testApp(world.ports)
  const { raw } = signedForm('700001')
  const value = new URLSearchParams(raw).get('signed_request') ?? ''
  assert.equal((await call('POST', DELETION, formOf(value))).status, 200)
  const twice = { ...formOf(value), raw: `${raw}&${raw}` }
  assert.equal((await call('POST', DELETION, twice)).status, 403)
})
