import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { keyStatus } from './key-status.ts'
import { rotateKeys } from './rotate-keys.ts'
import { sealedColumns } from './sealed-columns.ts'
import { firstKey, selectSealedPage } from './store-sealed.ts'
import { nameOf } from './walk-owner.ts'
import { UnsealError } from '#ports/cipher.ts'
import { sql } from '#ports/database.ts'
import { openVault } from '#ports/vault.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import { sealedWorld } from '#testing/sealed-world.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'

const quick = { leadMs: 0, graceMs: 0, wait: true, onProgress: () => undefined }

/** Every value of an owner, opened, by its place. @throws UnsealError */
async function openEverything(
  ports: TestPorts,
  tenantId: string | null,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  const sealer = await ports.vault.ownerOf(tenantId)
  for (const column of sealedColumns) {
    if (tenantId === null && column.tenants === 'lead') continue
    const input = { tenantId, version: 0, after: firstKey(column), limit: 1000 }
    for (const { row_key, row, value } of await selectSealedPage(ports.db, column, input)) {
      if (value === null) continue
      const place = { ...column.place, row }
      const text =
        typeof value === 'string'
          ? (await ports.vault.openToken(tenantId ?? '', place, value)).reveal()
          : sealer.open(place, value).toString('utf8')
      texts.set(`${nameOf(column)} ${row_key.join(' ')}`, text)
    }
  }
  return texts
}

test('every value of every owner reads the same after a rotation, nothing needs the old version, and it is gone', async () => {
  await using world = await sealedWorld()
  const { ports } = world
  const tenants = [world.one.tenantId, world.two.tenantId, null]
  const before = await Promise.all(
    tenants.map(async (tenant) => await openEverything(ports, tenant)),
  )
  const outcomes = await rotateKeys(ports, 'all', quick)
  assert.deepEqual(
    outcomes.map(({ state, version, dropped, resealed }) => ({
      state,
      version,
      dropped,
      resealed,
    })),
    [before[0], before[1], before[2]].map((texts) => ({
      state: 'rotated',
      version: 2,
      dropped: 1,
      resealed: texts?.size,
    })),
  )
  const after = await Promise.all(
    tenants.map(async (tenant) => await openEverything(ports, tenant)),
  )
  assert.deepEqual(after, before)
  const later = { ...ports, vault: await openVault(ports.db, ports.config.encryptionKeys, ports) }
  for (const [n, tenant] of tenants.entries()) {
    assert.deepEqual(await openEverything(later, tenant), before[n])
  }
  const { owners: status } = await keyStatus(ports, undefined)
  for (const { versions, unreadable, rotation } of status) {
    assert.deepEqual([versions.length, versions[0]?.version, unreadable, rotation], [1, 2, 0, null])
  }
})

test('rotating one tenant leaves another’s values as they are', async () => {
  await using world = await sealedWorld()
  const { ports } = world
  const shot = async () =>
    await ports.db.many(sql`
    select id, sealed, xmin::text from messages where tenant_id = ${world.two.tenantId} order by id`)
  const before = await shot()
  await rotateKeys(ports, [`tenant:${world.one.tenantId}`], quick)
  assert.ok(before.length > 0)
  assert.deepEqual(await shot(), before)
})

test('a value that does not open keeps its version in place, is named, and does not hold back the others', async () => {
  await using world = await sealedWorld()
  const { ports } = world
  const { tenantId } = world.one
  const owner = `tenant:${tenantId}`
  const [first, second] = await ports.db.many<{ id: string; sealed: Buffer }>(
    sql`select id, sealed from messages where tenant_id = ${tenantId} order by id limit 2`,
  )
  assert.ok(first && second)
  await ports.db.run(sql`update messages set sealed = ${second.sealed} where id = ${first.id}`)
  const [blocked] = await rotateKeys(ports, [owner], quick)
  assert.equal(blocked?.state, 'blocked')
  assert.deepEqual([blocked.dropped, blocked.unreadable], [0, 1])
  assert.deepEqual(blocked.unreadablePlaces, [
    { table: 'messages', row: first.id, column: 'sealed' },
  ])
  const [status] = (await keyStatus(ports, [owner])).owners
  assert.deepEqual(
    status?.versions.map(({ version, rows }) => [version, rows === 1 || rows > 10]),
    [
      [1, true],
      [2, true],
    ],
  )
  // Repaired, the same rotation is brought to its end.
  await ports.db.run(sql`update messages set sealed = ${first.sealed} where id = ${first.id}`)
  const [done] = await rotateKeys(ports, [owner], quick)
  assert.deepEqual([done?.state, done?.version, done?.dropped], ['rotated', 2, 1])
})

test('a value written late with the old version is found by the walk before the drop', async () => {
  await using world = await sealedWorld()
  const { ports } = world
  const { tenantId } = world.one
  const owner = `tenant:${tenantId}`
  const old = await ports.vault.tenant(tenantId)
  const [message] = await ports.db.many<{ id: string }>(
    sql`select id from messages where tenant_id = ${tenantId} order by id limit 1`,
  )
  const id = message?.id ?? ''
  const late = old.seal({ table: 'messages', row: id, column: 'sealed' }, '{"text":"late"}')
  const [waiting] = await rotateKeys(ports, [owner], { ...quick, graceMs: 60_000, wait: false })
  assert.deepEqual([waiting?.state, waiting?.dropped], ['waiting', 0])
  await ports.db.run(sql`update messages set sealed = ${late} where id = ${id}`)
  const [done] = await rotateKeys(ports, [owner], quick)
  assert.deepEqual([done?.state, done?.dropped], ['rotated', 1])
  const texts = await openEverything(ports, tenantId)
  assert.equal(texts.get(`messages.sealed ${id}`), '{"text":"late"}')
})

test('the old version stays for a while after the last re-sealing too: what was opened before may be written back', async () => {
  await using ports = await testPorts()
  const { tenantId } = await connectedAccount(ports)
  const patient = { ...quick, graceMs: 60_000, wait: false }
  const run = async () => (await rotateKeys(ports, [`tenant:${tenantId}`], patient))[0]
  assert.equal((await run())?.state, 'waiting')
  await ports.db.run(
    sql`update data_keys set active_at = active_at - interval '1 hour' where version = 2`,
  )
  assert.deepEqual(await run().then((of) => [of?.state, of?.resealed]), ['waiting', 1])
  await ports.db.run(sql`update key_rotations set resealed_at = resealed_at - interval '1 hour'`)
  assert.deepEqual(await run().then((of) => [of?.state, of?.dropped]), ['rotated', 1])
})

test('what changes between opening and replacing is never overwritten', async () => {
  await using ports = await testPorts()
  const { tenantId } = await connectedAccount(ports)
  const { openToken } = { openToken: ports.vault.openToken.bind(ports.vault) }
  let isFirst = true
  ports.vault.openToken = async (tenant, place, sealed) => {
    const token = await openToken(tenant, place, sealed)
    // Traffic comes by in this very moment.
    if (isFirst) await ports.db.run(sql`update grants set sealed_token = null`)
    isFirst = false
    return token
  }
  const [outcome] = await rotateKeys(ports, [`tenant:${tenantId}`], quick)
  assert.deepEqual([outcome?.state, outcome?.resealed], ['rotated', 0])
  assert.deepEqual(await ports.db.many(sql`select sealed_token from grants`), [
    { sealed_token: null },
  ])
})

test('a row somebody holds is not waited for: it is done by a later walk', async () => {
  await using ports = await testPorts()
  const { tenantId } = await connectedAccount(ports)
  let letGo: (() => void) | undefined
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const holding = ports.db.transaction(async (db) => {
    await db.run(sql`select 1 from grants for update`)
    await held
  })
  setTimeout(() => letGo?.(), 500)
  const [outcome] = await rotateKeys(ports, [`tenant:${tenantId}`], quick)
  await holding
  assert.deepEqual([outcome?.state, outcome?.resealed], ['rotated', 1])
})

test('two processes: a version is read by all before anybody writes with it, and then written by all', async () => {
  await using ports = await testPorts()
  const { tenantId } = await connectedAccount(ports)
  const place = { table: 'messages', row: 'm', column: 'sealed' }
  const other = await openVault(ports.db, ports.config.encryptionKeys, ports)
  const versionOf = async () => (await other.tenant(tenantId)).seal(place, 'x').readUInt16BE(1)
  const inboxVersion = () => other.inbox().seal(place, 'x').readUInt16BE(1)
  assert.deepEqual([await versionOf(), inboxVersion()], [1, 1])
  const rotating = rotateKeys(ports, [`tenant:${tenantId}`, 'inbox'], { ...quick, leadMs: 5_000 })
  for (;;) {
    const rows = await ports.db.many(sql`select 1 from data_keys where version = 2`)
    if (rows.length === 2) break
  }
  await other.learnKeys()
  assert.deepEqual([await versionOf(), inboxVersion()], [1, 1], 'known, not active yet')
  await rotating
  assert.deepEqual([await versionOf(), inboxVersion()], [2, 2])
  const fresh = (await ports.vault.tenant(tenantId)).seal(place, 'new')
  assert.equal((await other.tenant(tenantId)).open(place, fresh).toString(), 'new')
})

test('keys older than ten seconds are renewed before they are handed out', async () => {
  await using ports = await testPorts()
  const { tenantId } = await connectedAccount(ports)
  let nowMs = 0
  const clock = { now: () => 0, monotonicMs: () => nowMs }
  const vault = await openVault(ports.db, ports.config.encryptionKeys, { ...ports, clock })
  const place = { table: 'messages', row: 'm', column: 'sealed' }
  const old = (await vault.tenant(tenantId)).seal(place, 'old')
  await rotateKeys(ports, [`tenant:${tenantId}`], quick)
  const fresh = (await ports.vault.tenant(tenantId)).seal(place, 'new')
  nowMs = 10_000
  const stale = await vault.tenant(tenantId)
  assert.throws(() => stale.open(place, fresh), UnsealError)
  nowMs = 10_001
  assert.equal((await vault.tenant(tenantId)).open(place, fresh).toString(), 'new')
  assert.throws(() => stale.open(place, fresh), UnsealError)
  assert.equal(stale.open(place, old).toString(), 'old')
})

test('re-sealing a token is an unsealing: it is audited, by row', async () => {
  await using world = await sealedWorld()
  const { ports } = world
  const { tenantId } = world.one
  const { count } = await ports.db.one<{ count: number }>(sql`
    select count(sealed_token) + count(sealed_user_token) as count from grants where tenant_id = ${tenantId}`)
  await rotateKeys(ports, [`tenant:${tenantId}`], quick)
  const lines = await ports.db.many<{ table: string }>(sql`
    select detail ->> 'table' as table from audit_log
    where action = 'token.unsealed' and purpose = 'rotate' and tenant_id = ${tenantId} and subject_id is not null`)
  assert.ok(count >= 5)
  assert.equal(lines.filter(({ table }) => table === 'grants').length, count)
  const [done] = await ports.db.many(sql`select detail from audit_log where action = 'key.rotated'`)
  assert.ok(done)
})

test('a new version stays under the master key the running processes have, whichever is first here', async () => {
  await using ports = await testPorts()
  const { tenantId } = await connectedAccount(ports)
  const [old] = ports.config.encryptionKeys
  const fresh = { kid: 'fresh', key: new Uint8Array(32).fill(9) }
  const config = { ...ports.config, encryptionKeys: [fresh, old] as const }
  const vault = await openVault(ports.db, config.encryptionKeys, ports)
  const [done] = await rotateKeys({ ...ports, config, vault }, [`tenant:${tenantId}`], quick)
  assert.equal(done?.state, 'rotated')
  const running = await openVault(ports.db, [old], ports)
  assert.ok((await openEverything({ ...ports, vault: running }, tenantId)).size > 0)
})

test('a tenant that is erased while all are rotated stops none of the others', async () => {
  await using ports = await testPorts()
  const [one, two] = [await connectedAccount(ports), await connectedAccount(ports)]
  let rotating: ReturnType<typeof rotateKeys> | undefined
  await ports.db.transaction(async (db) => {
    await ports.vault.destroyTenantKey(db, one.tenantId)
    // Still among all owners, as the deletion is not committed.
    rotating = rotateKeys(ports, 'all', quick)
    const waiting = sql`
      select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    while ((await ports.db.many(waiting)).length === 0) await sleep(5)
  })
  const outcomes = await rotating
  assert.deepEqual(
    outcomes?.map(({ owner, state }) => [owner, state]),
    [
      [`tenant:${two.tenantId}`, 'rotated'],
      ['inbox', 'rotated'],
    ],
  )
})

test('one rotation at a time, and none of an owner without a key', async () => {
  await using ports = await testPorts()
  const { tenantId } = await connectedAccount(ports)
  const owner = `tenant:${tenantId}`
  const first = rotateKeys(ports, [owner], { ...quick, leadMs: 1_000 })
  for (;;) {
    if ((await ports.db.many(sql`select 1 from key_rotations`)).length > 0) break
  }
  await assert.rejects(rotateKeys(ports, [owner], quick), /Another rotation is running/)
  assert.equal((await first)[0]?.state, 'rotated')
  await assert.rejects(rotateKeys(ports, ['tenant:nobody'], quick), /no data key of tenant:nobody/)
  const [second] = await rotateKeys(ports, [owner], quick)
  assert.equal(second?.version, 3)
})
