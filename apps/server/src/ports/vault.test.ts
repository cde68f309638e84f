import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@parley/instagram/secret.ts'
import { UnsealError } from './cipher.ts'
import { isPassingFailure } from './database-failure.ts'
import { sql } from './database.ts'
import { WrongKeyError } from './master-keys.ts'
import type { MasterKey } from './master-keys.ts'
import { openVault } from './vault.ts'
import { systemRandom } from './random.ts'
import { testDatabase } from '#testing/test-database.ts'
import type { TestDatabase } from '#testing/test-database.ts'
import { testClock } from '#testing/test-ports.ts'

const ports = { clock: testClock(), random: systemRandom }
const k1: MasterKey = { kid: 'k1', key: new Uint8Array(32).fill(1) }
const k2: MasterKey = { kid: 'k2', key: new Uint8Array(32).fill(2) }
const impostor: MasterKey = { kid: 'k1', key: new Uint8Array(32).fill(3) }
const place = { table: 'grants', row: 'g1', column: 'sealed_token' }

async function dump(db: TestDatabase): Promise<unknown> {
  return await db.many(sql`select owner, version, wrapped from data_keys order by owner, version`)
}

test('a token sealed for a tenant opens for it after a restart, and equal tokens differ', async () => {
  await using db = await testDatabase()
  const before = await openVault(db, [k1], ports)
  await before.createTenantKey(db, 'a')
  const sealed = await before.sealToken('a', place, new Secret('IGAA-token'))
  assert.notEqual(sealed, await before.sealToken('a', place, new Secret('IGAA-token')))
  assert.ok(!sealed.includes('IGAA'))
  const after = await openVault(db, [k1], ports)
  assert.equal((await after.openToken('a', place, sealed)).reveal(), 'IGAA-token')
})

test('a token moved to another row, column or tenant, or changed, does not open', async () => {
  await using db = await testDatabase()
  const vault = await openVault(db, [k1], ports)
  await vault.createTenantKey(db, 'a')
  await vault.createTenantKey(db, 'b')
  const sealed = await vault.sealToken('a', place, new Secret('IGAA-token'))
  const elsewhere = [
    { ...place, row: 'g2' },
    { ...place, column: 'sealed_user_token' },
    { ...place, table: 'oauth_states' },
  ]
  for (const other of elsewhere) {
    await assert.rejects(vault.openToken('a', other, sealed), UnsealError)
  }
  await assert.rejects(vault.openToken('b', place, sealed), UnsealError)
  const parts = sealed.split('.')
  for (const n of parts.keys()) {
    // The second part of a `dir` JWE is empty.
    if (parts[n] === '') continue
    const changed = parts.with(n, `A${parts[n]?.slice(1)}`).join('.')
    if (changed === sealed) continue
    await assert.rejects(vault.openToken('a', place, changed), UnsealError, `part ${n}`)
  }
})

test('values of one tenant do not open for another, nor for the inbox', async () => {
  await using db = await testDatabase()
  const vault = await openVault(db, [k1], ports)
  await vault.createTenantKey(db, 'a')
  await vault.createTenantKey(db, 'b')
  const sealed = (await vault.tenant('a')).seal(place, 'text')
  const b = await vault.tenant('b')
  assert.throws(() => b.open(place, sealed), UnsealError)
  assert.throws(() => vault.inbox().open(place, sealed), UnsealError)
})

test('a value that does not open is told by its owner and place, once, and opening others is not', async () => {
  await using db = await testDatabase()
  const told: unknown[] = []
  const onUnsealFailed = async (failure: unknown): Promise<void> => void told.push(failure)
  const vault = await openVault(db, [k1], { ...ports, onUnsealFailed })
  await vault.createTenantKey(db, 'a')
  const tenant = await vault.tenant('a')
  assert.equal(tenant.open(place, tenant.seal(place, 'text')).toString(), 'text')
  assert.deepEqual(told, [])
  const elsewhere = { ...place, row: 'g2' }
  assert.throws(() => tenant.open(elsewhere, tenant.seal(place, 'text')), UnsealError)
  assert.throws(() => vault.inbox().open(place, tenant.seal(place, 'text')), UnsealError)
  const token = await vault.sealToken('a', place, new Secret('IGAA-token'))
  await assert.rejects(vault.openToken('a', elsewhere, token), UnsealError)
  await assert.rejects(vault.openToken('nobody', place, token), UnsealError)
  assert.deepEqual(told, [
    { owner: 'tenant:a', place: elsewhere },
    { owner: 'inbox', place },
    { owner: 'tenant:a', place: elsewhere },
    {
      owner: 'tenant:nobody',
      place: { table: 'data_keys', row: 'tenant:nobody', column: 'wrapped' },
    },
  ])
})

test('a wrapped key copied to another tenant opens nothing', async () => {
  await using db = await testDatabase()
  const vault = await openVault(db, [k1], ports)
  await vault.createTenantKey(db, 'a')
  await vault.createTenantKey(db, 'b')
  await db.run(sql`
    update data_keys set wrapped = (select wrapped from data_keys where owner = 'tenant:a')
    where owner = 'tenant:b'`)
  const again = await openVault(db, [k1], ports)
  await assert.rejects(again.tenant('b'), UnsealError)
})

test('a wrong master key is refused by name, and nothing is written', async () => {
  await using db = await testDatabase()
  await openVault(db, [k1], ports)
  const before = await dump(db)
  await assert.rejects(openVault(db, [k2], ports), WrongKeyError)
  await assert.rejects(openVault(db, [impostor], ports), WrongKeyError)
  assert.deepEqual(await dump(db), before)
})

test('a master key that only one tenant’s key needs must be there too', async () => {
  await using db = await testDatabase()
  const old = await openVault(db, [k1], ports)
  await old.createTenantKey(db, 'a')
  await (await openVault(db, [k2, k1], ports)).createTenantKey(db, 'b')
  await db.run(sql`delete from data_keys where owner = 'inbox'`)
  const before = await dump(db)
  for (const keys of [[k1], [k2], [k2, impostor]])
    await assert.rejects(openVault(db, keys, ports), WrongKeyError)
  assert.deepEqual(await dump(db), before)
  assert.ok(await (await openVault(db, [k1, k2], ports)).tenant('b'))
})

test('the old master key behind the new one still opens, and the new one wraps', async () => {
  await using db = await testDatabase()
  const old = await openVault(db, [k1], ports)
  await old.createTenantKey(db, 'a')
  const sealed = await old.sealToken('a', place, new Secret('IGAA-token'))
  const both = await openVault(db, [k2, k1], ports)
  assert.equal((await both.openToken('a', place, sealed)).reveal(), 'IGAA-token')
  await both.createTenantKey(db, 'b')
  const onlyNew = await openVault(db, [k2, k1], ports)
  assert.ok(await onlyNew.tenant('b'))
})

test('a destroyed tenant key leaves nothing that opens', async () => {
  await using db = await testDatabase()
  const vault = await openVault(db, [k1], ports)
  await vault.createTenantKey(db, 'a')
  await db.run(sql`delete from data_keys where owner = 'tenant:a'`)
  const later = await openVault(db, [k1], ports)
  await assert.rejects(later.tenant('a'), UnsealError)
})

test('a key destroyed elsewhere leaves memory although nobody told of it, and its name may be used again', async () => {
  await using db = await testDatabase()
  let nowMs = 0
  const clock = { now: () => 0, monotonicMs: () => nowMs }
  const one = await openVault(db, [k1], ports)
  const other = await openVault(db, [k1], { ...ports, clock })
  for (const tenant of ['a', 'b', 'c']) await one.createTenantKey(db, tenant)
  const kept = (await other.tenant('c')).seal(place, 'text')
  const old = (await other.tenant('a')).seal(place, 'text')
  await other.tenant('b')
  for (const tenant of ['a', 'b']) await one.destroyTenantKey(db, tenant)
  await one.createTenantKey(db, 'a')
  nowMs += 10_001
  const again = await other.tenant('a')
  assert.throws(() => again.open(place, old), UnsealError)
  const opened = (await one.tenant('a')).open(place, again.seal(place, 'new'))
  assert.equal(opened.toString(), 'new')
  await assert.rejects(other.tenant('b'), UnsealError)
  assert.equal((await other.tenant('c')).open(place, kept).toString(), 'text')
})

test('nothing is sealed for the inbox by a process that has not asked for new keys for a minute', async () => {
  await using db = await testDatabase()
  let nowMs = 0
  const clock = { now: () => 0, monotonicMs: () => nowMs }
  const vault = await openVault(db, [k1], { ...ports, clock })
  nowMs = 60_000
  assert.ok(vault.inbox().seal(place, 'text'))
  nowMs = 60_001
  assert.throws(() => vault.inbox(), isPassingFailure)
  await vault.learnKeys()
  assert.ok(vault.inbox().seal(place, 'text'))
})

test('two processes that open a new database at once agree on its inbox key', async () => {
  await using db = await testDatabase()
  const [one, other] = await Promise.all([openVault(db, [k1], ports), openVault(db, [k1], ports)])
  const sealed = one.inbox().seal(place, 'text')
  assert.equal(other.inbox().open(place, sealed).toString(), 'text')
})
