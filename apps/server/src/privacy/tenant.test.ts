import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { causes } from '#alerts/causes.ts'
import { openAlert } from '#alerts/open-alert.ts'
import { sql } from '#ports/database.ts'
import { openVault } from '#ports/vault.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import type { ConnectedAccount } from '#testing/connected-account.ts'
import { eraseNow } from '#testing/erase-now.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import { testApp } from '#testing/test-app.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { Json } from '#testing/test-connect.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { EXPORTED } from './exported.ts'
import { STORES } from './stores.ts'

type Pipeline = Awaited<ReturnType<typeof testPipeline>>

async function talk(world: Pipeline, account: ConnectedAccount, texts: string[]): Promise<void> {
  const { ports } = world
  for (const [n, text] of texts.entries()) {
    const item = line(account, `91000${n}`, `m-${randomUUID()}`, text, ports.clock.now())
    await world.deliver(delivery(account, item))
  }
  await eventually('every line to be answered', async () => {
    const { count } = await ports.db.one<{ count: number }>(sql`
      select count(*) as count from messages
      where connection_id = ${account.connectionId} and direction = 'outbound' and status = 'sent'`)
    return count === texts.length
  })
}

const linesOf = (text: string): Json[] =>
  text
    .trimEnd()
    .split('\n')
    .map((each) => JSON.parse(each))

const exportOf = async (ports: TestPorts, tenantId: string, headers?: Record<string, string>) => {
  const server = testApp(ports)
  return await server.call('GET', `/v1/tenants/${tenantId}/export`, {
    headers: headers ?? server.asHost,
  })
}

test('an export has everything of the tenant in words, nothing of another, and no token', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const own = await connectedAccount(ports)
  const other = await connectedAccount(ports)
  await talk(world, own, ['canary one', 'canary two', 'canary three'])
  await talk(world, other, ['somebody else’s'])
  const { status, text, headers } = await exportOf(ports, own.tenantId)
  assert.equal(status, 200)
  assert.match(headers.get('content-type') ?? '', /^application\/jsonl/)
  const lines = linesOf(text)
  const ofType = (type: string): Json[] => lines.filter((each) => each.type === type)
  assert.equal(lines[0].type, 'tenant')
  assert.equal(lines[0].id, own.tenantId)
  assert.equal(ofType('connection').length, 1)
  assert.equal(ofType('automation')[0].responder, 'flow')
  assert.equal(ofType('person').length, 3)
  assert.equal(ofType('conversation').length, 3)
  const said = ofType('message').map((each) => `${each.direction} ${each.text}`)
  assert.deepEqual(said.toSorted(), [
    'inbound canary one',
    'inbound canary three',
    'inbound canary two',
    'outbound canary one',
    'outbound canary three',
    'outbound canary two',
  ])
  assert.ok(ofType('message').every((each) => each.connectionId === own.connectionId))
  assert.ok(ofType('delivery').length >= 3)
  assert.ok(ofType('delivery').some((each) => each.body.includes('canary one')))
  assert.ok(ofType('audit').length > 0)
  const { counts } = lines.at(-1)
  assert.equal(lines.at(-1).type, 'end')
  for (const [type, count] of Object.entries(counts)) assert.equal(ofType(type).length, count, type)
  for (const foreign of [
    other.tenantId,
    other.accountId,
    other.connectionId,
    'somebody else',
    'token-',
  ]) {
    assert.ok(!text.includes(foreign), foreign)
  }
  const audit = await ports.db.many(sql`
    select purpose from audit_log where action = 'tenant.exported' and tenant_id = ${own.tenantId}`)
  assert.deepEqual(audit, [{ purpose: 'export' }])
})

test('an export has lines of every table that holds something of a tenant, or says why not', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call, asHost } = testApp(ports)
  const own = await connectedAccount(ports)
  const other = await connectedAccount(ports)
  for (const { tenantId } of [own, other]) {
    const body = { url: `https://${tenantId}.example/hook`, tenantId }
    assert.equal((await call('POST', '/v1/host-endpoints', { body, headers: asHost })).status, 201)
  }
  await talk(world, own, ['canary one'])
  await talk(world, other, ['somebody else’s'])
  for (const { tenantId, connectionId } of [own, other]) {
    await ports.db.transaction(async (db) => {
      await openAlert(ports, db, {
        tenantId,
        kind: 'silent',
        severity: 'warning',
        connectionId,
        cause: causes.silent(connectionId),
        detail: { account: `@${tenantId}` },
      })
    })
  }
  const { text } = await exportOf(ports, own.tenantId)
  const lines = linesOf(text)
  const types = new Set(lines.map(({ type }) => type))
  const tables = Object.values(STORES).flatMap((store): string[] => [...store.tables])
  assert.deepEqual(Object.keys(EXPORTED).toSorted(), [...new Set(tables)].toSorted())
  for (const [table, type] of Object.entries(EXPORTED)) {
    if (type !== null) assert.ok(types.has(type), `${table}: no line of type ${type}`)
  }
  const find = (type: string): Json => lines.find((each) => each.type === type)
  assert.equal(find('alert').connectionId, own.connectionId)
  assert.equal(find('endpoint').url, `https://${own.tenantId}.example/hook`)
  const told = lines.find((each) => each.kind === 'message.received')
  assert.deepEqual([told.type, told.data.connectionId], ['event', own.connectionId])
  assert.equal(told.deliveries.length, 1)
  const said = lines.find((each) => each.text === 'canary one' && each.direction === 'inbound')
  assert.deepEqual([find('turn').lines, find('turn').state], [[said.id], 'decided'])
  assert.doesNotMatch(text, /whsec_/)
  for (const foreign of [other.tenantId, other.connectionId]) assert.ok(!text.includes(foreign))
})

test('an export longer than one batch of anything misses nothing', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const own = await connectedAccount(ports)
  const now = new Date(ports.clock.now())
  const ids = Array.from({ length: 1203 }, () => ports.random.uuid(ports.clock.now()))
  await ports.db.run(sql`
    insert into conversations (tenant_id, id, connection_id, igsid, created_at)
    select ${own.tenantId}, id, ${own.connectionId}, n::text, ${now} from unnest(${ids}::uuid[]) with ordinality as c (id, n)`)
  await ports.db.run(sql`
    insert into people (tenant_id, connection_id, igsid, first_seen_at)
    select ${own.tenantId}, ${own.connectionId}, n::text, ${now} from generate_series(1, 1203) as n`)
  await ports.db.run(sql`
    insert into messages (tenant_id, id, connection_id, conversation_id, direction, author, kind, status, at)
    select ${own.tenantId}, id, ${own.connectionId}, id, 'inbound', 'person', 'text', 'received', ${now} from unnest(${ids}::uuid[]) as c (id)`)
  const { counts } = linesOf((await exportOf(ports, own.tenantId)).text).at(-1)
  assert.deepEqual([counts.person, counts.conversation, counts.message], [1203, 1203, 1203])
})

test('only who may operate the tenant gets its export or erases it', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call, key, asHost, operator } = testApp(ports)
  const own = await connectedAccount(ports)
  const other = await connectedAccount(ports)
  const path = `/v1/tenants/${own.tenantId}`
  const bound = { ...(await key(['operate'], other.tenantId)), 'x-request-id': 'the-same-id' }
  for (const [method, address] of [
    ['GET', `${path}/export`],
    ['DELETE', path],
  ] as const) {
    assert.equal((await call(method, address)).status, 401)
    const scopeless = await call(method, address, { headers: await key(['messages:read']) })
    assert.equal(scopeless.status, 403)
    const agent = await operator('agent')
    assert.equal((await call(method, address, { headers: agent })).status, 403)
    const foreign = await call(method, address, { headers: bound })
    const unknown = await call(method, address.replace(own.tenantId, 'nobody'), { headers: bound })
    assert.equal(foreign.status, 404)
    assert.equal(foreign.text, unknown.text)
    const none = await call(method, address.replace(own.tenantId, 'nobody'), { headers: asHost })
    assert.equal(none.json.code, 'tenants/not-found')
  }
  assert.equal((await call('GET', path, { headers: asHost })).status, 200)
})

test('an erased tenant is unknown at once, gone when the job is done, and a restored row stays unreadable', async () => {
  await using world = await testPipeline()
  const { ports } = world
  const { call, key, asHost } = testApp(ports)
  const own = await connectedAccount(ports)
  const other = await connectedAccount(ports)
  await talk(world, own, ['canary one'])
  await talk(world, other, ['stays'])
  const path = `/v1/tenants/${own.tenantId}`
  const ownKey = await key(['operate', 'messages:read'], own.tenantId)
  const place = (id: string) => ({ table: 'messages', row: id, column: 'sealed' })
  const copy = await ports.db.one<{ id: string; sealed: Buffer }>(sql`
    select id, sealed from messages where tenant_id = ${own.tenantId} and direction = 'inbound'`)
  const sealer = await ports.vault.tenant(own.tenantId)
  assert.match(sealer.open(place(copy.id), copy.sealed).toString('utf8'), /canary one/)

  const begun = await call('DELETE', path, { headers: asHost })
  assert.equal(begun.status, 202)
  assert.deepEqual(
    [begun.json.kind, begun.json.status, begun.json.tenantId],
    ['tenant', 'waiting', own.tenantId],
  )
  assert.equal((await call('GET', path, { headers: asHost })).status, 404)
  const put = await call('PUT', path, { headers: asHost, body: { name: 'again' } })
  assert.deepEqual([put.status, put.json.code], [409, 'tenants/being-erased'])
  const session = await call('POST', '/v1/connect-sessions', {
    headers: asHost,
    body: { tenantId: own.tenantId },
  })
  assert.equal(session.status, 404)
  const again = await call('DELETE', path, { headers: asHost })
  assert.equal(again.json.id, begun.json.id)

  await eraseNow(ports)
  const done = await call('GET', `/v1/erasures/${begun.json.id}`, { headers: asHost })
  assert.equal(done.json.status, 'done')
  assert.ok(done.json.stores.every(({ doneAt }: Json) => doneAt !== null))
  assert.equal(done.json.stores[0].store, 'keys')
  assert.equal((await call('GET', '/v1/tenants', { headers: ownKey })).status, 401)
  assert.equal((await call('DELETE', path, { headers: asHost })).json.id, begun.json.id)

  const tables = await ports.db.many<{ name: string }>(sql`
    select table_name as name from information_schema.columns
    where table_schema = 'public' and column_name = 'tenant_id'`)
  const left: string[] = []
  for (const { name } of tables) {
    const text = `select count(*) as n from ${name} where tenant_id = $1`
    const { n } = await ports.db.one<{ n: number }>({ text, name: '', values: [own.tenantId] })
    if (n > 0) left.push(name)
  }
  assert.deepEqual(left.toSorted(), ['audit_log', 'data_deletion_steps', 'data_deletions'])
  assert.equal((await exportOf(ports, other.tenantId)).status, 200)

  await assert.rejects(ports.vault.tenant(own.tenantId), { name: 'UnsealError' })
  const restarted = await openVault(ports.db, ports.config.encryptionKeys, ports)
  await assert.rejects(restarted.tenant(own.tenantId), { name: 'UnsealError' })
  await call('PUT', path, { headers: asHost, body: { name: 'the same id, new' } })
  const next = await ports.vault.tenant(own.tenantId)
  assert.throws(() => next.open(place(copy.id), copy.sealed), { name: 'UnsealError' })
  const mark = { table: 'x', row: 'y', column: 'z' }
  assert.equal(next.open(mark, next.seal(mark, 'new')).toString('utf8'), 'new')
})

test('erasing a tenant disconnects its accounts at Meta first, and frees them for another', async () => {
  await using world = await testConnectWorld()
  await world.connected()
  const begun = await world.call('DELETE', '/v1/tenants/clinic', { headers: world.asHost })
  assert.equal(begun.status, 202)
  await eraseNow(world.ports)
  const state = await world.control('/state', undefined, 'GET')
  const account = state.accounts.find((each: Json) => each.key === 'lumen.chiro')
  assert.equal(account.connected, false)
  const actions = (await world.audit()).map(({ action }) => action)
  assert.ok(actions.includes('connection.unsubscribed'))
  const shop = await world.connected({ tenantId: 'shop' })
  assert.equal(shop.status, 'active')
})

for (const isKilled of [false, true]) {
  test(`a destroyed key leaves the memory of every process${isKilled ? ', also when its worker was killed before it said so' : ''}`, async () => {
    await using world = await testPipeline()
    const { ports } = world
    const { call, asHost } = testApp(ports)
    const own = await connectedAccount(ports)
    const { openSignals } = await import('#ports/signals.ts')
    const vault = await openVault(ports.db, ports.config.encryptionKeys, ports)
    await using signals = await openSignals(ports.db, randomUUID(), () => undefined)
    signals.onHappening(({ kind, id }) => {
      if (kind === 'tenant') vault.dropTenantKey(id)
    })
    await vault.tenant(own.tenantId)
    await call('DELETE', `/v1/tenants/${own.tenantId}`, { headers: asHost })
    if (isKilled) {
      await ports.vault.destroyTenantKey(ports.db, own.tenantId)
      await ports.db.run(sql`update data_deletion_steps set done_at = now() where store = 'keys'`)
    }
    await eraseNow(ports)
    await eventually('the other process to forget', async () => {
      const opened = vault.tenant(own.tenantId)
      return await opened.then(
        () => false,
        () => true,
      )
    })
  })
}
