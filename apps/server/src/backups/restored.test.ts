import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { verifyAudit } from '#audit/verify-audit.ts'
import { UnsealError } from '#ports/cipher.ts'
import { systemClock } from '#ports/clock.ts'
import { openDatabase, sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { systemRandom } from '#ports/random.ts'
import { openSignals } from '#ports/signals.ts'
import { openVault } from '#ports/vault.ts'
import { addTenant, backUp, backupFolder, KEYS, look, restore } from '#testing/backup-files.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import { eraseNow } from '#testing/erase-now.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import { signedForm } from '#testing/signed-form.ts'
import { testApp } from '#testing/test-app.ts'
import { emptyDatabase, testDatabase } from '#testing/test-database.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'

const nameOf = async (url: string): Promise<string> =>
  await look(url, async (db) => {
    const { name } = await db.one<{ name: string }>(sql`select current_database()::text as name`)
    return name
  })

/** Of three tenants; Meta knows the second by `7001`. */
async function connectThree(ports: TestPorts) {
  const first = await connectedAccount(ports)
  const second = await connectedAccount(ports)
  const third = await connectedAccount(ports)
  await ports.db.run(sql`
    update connections set app_scoped_id = '7001' where id = ${second.connectionId}`)
  return [first, second, third] as const
}

/** Three accounts of three tenants that talked to a person each, and copies from before and after they were erased. */
async function erasedWorld(files: ReturnType<typeof backupFolder>) {
  await using world = await testPipeline()
  const { ports } = world
  const app = testApp(ports)
  const [tenant, account, person] = await connectThree(ports)
  for (const each of [tenant, account, person]) {
    await world.deliver(
      delivery(each, line(each, '9001', `m-${randomUUID()}`, 'hello', ports.clock.now())),
    )
  }
  await eventually('every line to be answered', async () => {
    const { count } = await ports.db.one<{ count: number }>(sql`
      select count(*) as count from messages where status = 'sent' and direction = 'outbound'`)
    return count === 3
  })
  const conversation = await ports.db.one<{ id: string }>(sql`
    select id from conversations where connection_id = ${person.connectionId}`)
  await backUp(ports.db.url, files.file('before'))

  await app.call('DELETE', `/v1/tenants/${tenant.tenantId}`, { headers: app.asHost })
  await app.call('DELETE', `/v1/conversations/${conversation.id}/person`, { headers: app.asHost })
  const asked = await app.call('POST', '/webhooks/meta/data-deletion', signedForm('7001'))
  assert.equal(asked.status, 200, asked.text)
  await eraseNow(ports)
  await backUp(ports.db.url, files.file('after'))
  const codes = await ports.db.many(sql`select id, code, kind from data_deletions order by id`)
  return { tenant, account, person, conversation, codes }
}

test('what was erased stays erased when an older backup takes the database’s place: keys and tokens at once, the rest by the job', async () => {
  using files = backupFolder()
  await using target = await emptyDatabase()
  const { tenant, account, conversation, codes } = await erasedWorld(files)
  await restore(target.url, files.file('after'))
  const replace = await nameOf(target.url)
  const restored = await restore(target.url, files.file('before'), { replace })
  assert.equal(restored.erasures, 3)

  {
    await using scratch = await testPorts()
    await using db = openDatabase({ url: target.url, connectionsMax: 4, onError: () => undefined })
    const vault = await openVault(db, KEYS, { clock: systemClock, random: systemRandom })
    await assert.rejects(vault.tenant(tenant.tenantId), UnsealError)
    const rows = await db.many(sql`select 1 from messages where tenant_id = ${tenant.tenantId}`)
    assert.ok(rows.length > 0, 'they came back, unreadable')
    assert.deepEqual(
      await db.many(sql`
      select distinct sealed_token from grants
      where connection_id = any(${[tenant.connectionId, account.connectionId]}::uuid[])`),
      [{ sealed_token: null }],
    )
    assert.deepEqual(
      await db.many(
        sql`select distinct sealed from messages where conversation_id = ${conversation.id}`,
      ),
      [{ sealed: null }],
    )
    assert.deepEqual(
      await db.many(sql`select id, code, kind from data_deletions order by id`),
      codes,
    )
    assert.equal(
      (await db.many(sql`select 1 from audit_log where action = 'erasure.repeated'`)).length,
      3,
    )

    await using signals = await openSignals(db, randomUUID(), () => undefined)
    // Opened on another database; nothing of that one is used.
    await eraseNow({ ...scratch, db: { ...db, url: target.url }, vault, signals })
    assert.deepEqual(await db.many(sql`select id from tenants where id = ${tenant.tenantId}`), [])
    assert.deepEqual(
      await db.many(sql`select id from connections where id = ${account.connectionId}`),
      [],
    )
    assert.equal((await verifyAudit(db)).ok, true)
  }
  // What the copy knows of already is not begun again.
  await backUp(target.url, files.file('again'))
  assert.equal((await restore(target.url, files.file('again'), { replace })).erasures, 0)
})

/** Three accounts, one of them with two lines, and copies from before and after two ended and a line was unsent. */
async function endedWorld(files: ReturnType<typeof backupFolder>) {
  await using world = await testPipeline()
  const { ports } = world
  const app = testApp(ports)
  const [ended, revoked, alive] = await connectThree(ports)
  for (const mid of ['unsent', 'kept']) {
    await world.deliver(delivery(alive, line(alive, '9001', mid, mid, ports.clock.now())))
  }
  await eventually('every line to be answered', async () => {
    const { lines, open } = await ports.db.one<{ lines: number; open: number }>(sql`
      select (select count(*) from messages where direction = 'inbound') as lines,
        (select count(*) from waiting_lines) + (select count(*) from outbound_parts) as open`)
    return lines === 2 && open === 0
  })
  // What the flow noted, wherever it stood.
  await ports.db.run(sql`update conversations set sealed_flow_state = 'x'`)
  await ports.db.run(sql`update turns set sealed_flow_before = 'x'`)
  await backUp(ports.db.url, files.file('before'))

  const path = `/v1/connections/${ended.connectionId}`
  assert.equal((await app.call('DELETE', path, { headers: app.asHost })).status, 200)
  const asked = await app.call('POST', '/webhooks/meta/deauthorize', signedForm('7001'))
  assert.equal(asked.status, 200, asked.text)
  await world.deliver(
    delivery(alive, {
      sender: { id: '9001' },
      recipient: { id: alive.accountId },
      timestamp: ports.clock.now(),
      message: { mid: 'unsent', is_deleted: true },
    }),
  )
  await eventually('the line to be unsent', async () => {
    const rows = await ports.db.many(sql`select 1 from messages where deleted_at is not null`)
    return rows.length === 1
  })
  // The world's clock is not the one of its backups.
  await ports.db.run(sql`update connections set updated_at = clock_timestamp()`)
  await backUp(ports.db.url, files.file('after'))
  return { ended, revoked, alive }
}

test('accounts that ended and lines that were unsent stay so when an older backup takes the database’s place', async () => {
  using files = backupFolder()
  await using target = await emptyDatabase()
  const { ended, revoked, alive } = await endedWorld(files)
  await restore(target.url, files.file('after'))
  const replace = await nameOf(target.url)
  const restored = await restore(target.url, files.file('before'), { replace })
  assert.deepEqual([restored.replaced, restored.disconnected, restored.unsent], ['itself', 2, 1])
  await look(target.url, async (db) => {
    const statuses = await db.many<{ id: string; status: string; hold: boolean }>(sql`
      select c.id, c.status, g.sealed_token is not null as hold from connections c
      join grants g on g.connection_id = c.id`)
    assert.deepEqual(
      new Map(statuses.map(({ id, status, hold }) => [id, [status, hold]])),
      new Map([
        [ended.connectionId, ['disconnected', false]],
        [revoked.connectionId, ['revoked', false]],
        [alive.connectionId, ['active', true]],
      ]),
    )
    assert.deepEqual(
      await db.many(sql`
        select mid, sealed is not null as readable, deleted_at is not null as gone from messages
        where mid in ('unsent', 'kept') order by mid`),
      [
        { mid: 'kept', readable: true, gone: false },
        { mid: 'unsent', readable: false, gone: true },
      ],
    )
    const noted = await db.many(sql`
      select sealed_flow_state from conversations where sealed_flow_state is not null
      union all select sealed_flow_before from turns where sealed_flow_before is not null`)
    assert.deepEqual(noted, [])
    const lines = await db.many(sql`
      select 1 from audit_log where action = 'connection.ended_again'`)
    assert.equal(lines.length, 2)
    // As in a copy that is older than the backup, in which they may have been connected again.
    await db.run(sql`update connections set updated_at = now() - interval '1 day'`)
  })
  const again = await restore(target.url, files.file('before'), { replace })
  assert.deepEqual([again.disconnected, again.unsent], [0, 1])
})

test('what was erased in another Parley’s database is not done to a tenant of the same name', async () => {
  using files = backupFolder()
  await using target = await emptyDatabase()
  {
    await using source = await testDatabase()
    await addTenant(source, '42')
    await backUp(source.url, files.file())
  }
  assert.equal((await restore(target.url, files.file())).replaced, 'nobody')
  const replace = await nameOf(target.url)
  const erase = async (shift: string) =>
    await look(target.url, async (db) => {
      const id = randomUUID()
      await db.run(sql`update parley_migrations set applied_at = applied_at + ${shift}::interval`)
      await db.run(sql`
        insert into data_deletions (id, code, kind, tenant_id, requested_by, requested_at)
        values (${id}, ${id}, 'tenant', '42', 'test', now())`)
    })
  const found = async () =>
    await look(target.url, async (db) => ({
      tenant: await db.one(sql`select erasing_at is not null as gone from tenants where id = '42'`),
      keys: (await db.many(sql`select 1 from data_keys where owner <> 'inbox'`)).length,
      asked: (await db.many(sql`select 1 from data_deletions`)).length,
    }))
  await erase('1 microsecond')
  const other = await restore(target.url, files.file(), { replace })
  assert.deepEqual([other.replaced, other.erasures], ['another', 0])
  assert.deepEqual(await found(), { tenant: { gone: false }, keys: 1, asked: 0 })

  await erase('0')
  const same = await restore(target.url, files.file(), { replace })
  assert.deepEqual([same.replaced, same.erasures], ['itself', 1])
  assert.deepEqual(await found(), { tenant: { gone: true }, keys: 0, asked: 1 })
})

/** Rows by what they are held by. What a migration adds that is held for a time has its name, or its type, from these. */
async function countHeld(db: Queryable): Promise<Map<string, number>> {
  const columns = await db.many<{ held: string; text: string }>(sql`
    select table_name || '.' || column_name as held,
      format('select count(*) as count from %I.%I where %I is not null', table_schema, table_name, column_name) as text
    from information_schema.columns
    where table_schema in ('public', 'auth') and (column_name ~ '^lease|^barrier$' or data_type = 'xid8')`)
  assert.ok(columns.length >= 9)
  const counts = new Map<string, number>()
  for (const { held, text } of columns) {
    const { count } = await db.one<{ count: number }>({ text, values: [], name: '' })
    counts.set(held, count)
  }
  return counts
}

test('nothing the old instance held holds up the new one, and nothing that may have left is sent unseen', async () => {
  using files = backupFolder()
  await using target = await emptyDatabase()
  {
    await using ports = await testPorts()
    const { tenantId, connectionId } = await connectedAccount(ports)
    const [conversation, sending, queued] = [randomUUID(), randomUUID(), randomUUID()]
    const [owner, later] = [randomUUID(), new Date(Date.now() + 86_400_000)]
    const { db } = ports
    await db.run(sql`insert into workers (id, seen_at) values (${owner}, ${later})`)
    await db.run(sql`
      insert into conversations (tenant_id, id, connection_id, igsid, created_at)
      values (${tenantId}, ${conversation}, ${connectionId}, '9001', now())`)
    await db.run(sql`
      insert into lanes (conversation_id, tenant_id, connection_id, lease_owner, ready_at)
      values (${conversation}, ${tenantId}, ${connectionId}, ${owner}, ${later})`)
    for (const [id, status] of [
      [sending, 'sending'],
      [queued, 'queued'],
    ]) {
      await db.run(sql`
        insert into messages (tenant_id, id, connection_id, conversation_id, direction, author, kind, status, at)
        values (${tenantId}, ${id}, ${connectionId}, ${conversation}, 'outbound', 'host', 'text', ${status}, now())`)
      await db.run(sql`
        insert into outbound_parts (conversation_id, message_id, tenant_id, connection_id, is_first, queued_at, next_at)
        values (${conversation}, ${id}, ${tenantId}, ${connectionId}, true, now(), ${later})`)
    }
    await db.run(sql`update grants set lease_owner = ${owner}, lease_until = ${later}`)
    await db.run(sql`
      insert into host_deliveries (tenant_id, event_id, endpoint_id, order_key, next_at, lease_owner, lease_until)
      values (${tenantId}, ${owner}, ${owner}, ${owner}, now(), ${owner}, ${later})`)
    await db.run(sql`
      insert into alerts (id, kind, severity, cause, opened_at, raised_at) values (${owner}, 'x', 'info', 'x', now(), now())`)
    await db.run(sql`
      insert into notices (id, alert_id, what, state, next_at, lease_until, created_at)
      values (${owner}, ${owner}, 'opened', 'queued', now(), ${later}, now())`)
    await db.run(sql`
      insert into data_deletions (id, code, kind, requested_by, requested_at, barrier, lease_until)
      values (${owner}, 'x', 'test', 'meta', now(), '999999999999', ${later})`)
    await db.run(sql`
      insert into digests (id, until, state, next_at, lease_until) values (${owner}, now(), 'queued', now(), ${later})`)
    await db.run(sql`
      insert into sign_in_links (link_hash, role, created_at, expires_at) values ('x', 'owner', now(), ${later})`)
    await db.run(sql`
      insert into auth."user" (name, email, "emailVerified") values ('Ada', 'ada@example.org', true)`)
    await db.run(sql`
      insert into auth."session" ("expiresAt", token, "updatedAt", "userId") select ${later}, 'x', now(), id from auth."user"`)
    for (const [held, count] of await countHeld(db)) assert.ok(count > 0, `nothing is in ${held}`)
    await backUp(db.url, files.file())
  }
  const [, header = ''] = readFileSync(files.file(), 'latin1').split('\n')
  const { tables }: { tables: { name: string }[] } = JSON.parse(header)
  const ofOperators = tables.map(({ name }) => name).filter((name) => name.startsWith('auth.'))
  assert.deepEqual(ofOperators.toSorted(), ['auth.account', 'auth.user'])
  await restore(target.url, files.file())
  await look(target.url, async (db) => {
    for (const [held, count] of await countHeld(db)) assert.equal(count, 0, held)
    assert.deepEqual(await db.many(sql`select distinct status from messages`), [
      { status: 'sending' },
    ])
    assert.deepEqual(await db.many(sql`select 1 from outbound_parts where attempt_at is null`), [])
    assert.equal(
      (await db.many(sql`select 1 from lanes where ready_at <= clock_timestamp()`)).length,
      1,
    )
    const gone = await db.many(sql`
      select id from workers union all select token from auth."session" union all select link_hash from sign_in_links`)
    assert.deepEqual(gone, [])
    assert.equal((await db.many(sql`select 1 from auth."user"`)).length, 1)
  })
})
