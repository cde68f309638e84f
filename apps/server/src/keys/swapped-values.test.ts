import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sealedColumns } from './sealed-columns.ts'
import type { SealedColumn } from './sealed-columns.ts'
import { firstKey, selectSealedPage } from './store-sealed.ts'
import { nameOf } from './walk-owner.ts'
import { recordUnsealFailures } from '#audit/record-unseal-failures.ts'
import { UnsealError } from '#ports/cipher.ts'
import { sql } from '#ports/database.ts'
import { openVault } from '#ports/vault.ts'
import type { Vault } from '#ports/vault.ts'
import { sealedWorld } from '#testing/sealed-world.ts'
import { testPorts } from '#testing/test-ports.ts'
import { useGrant } from '#tokens/use-grant.ts'

type World = Awaited<ReturnType<typeof sealedWorld>>
type Value = { readonly row: string; readonly value: Buffer | string }

/** What is sealed in a column for a tenant, at its own place. */
async function valuesOf(world: World, column: SealedColumn, tenantId: string): Promise<Value[]> {
  const input = { tenantId, version: 0, after: firstKey(column), limit: 100 }
  const rows = await selectSealedPage(world.ports.db, column, input)
  return rows.flatMap(({ row, value }) => (value === null ? [] : [{ row, value }]))
}

async function open(
  vault: Vault,
  tenantId: string | null,
  place: { table: string; row: string; column: string },
  value: Buffer | string,
): Promise<unknown> {
  if (typeof value === 'string') return await vault.openToken(tenantId ?? '', place, value)
  return (await vault.ownerOf(tenantId)).open(place, value)
}

/** How many failures were audited since the last time, once they are written. */
function failuresOf({ ports }: World): (expected: number) => Promise<number> {
  let seen = 0
  return async (expected) => {
    let count = 0
    for (let n = 0; n < 100 && count < seen + expected; n += 1) {
      if (n > 0) await sleep(10)
      const rows = await ports.db.many(
        sql`select 1 from audit_log where action = 'value.unseal_failed'`,
      )
      count = rows.length
    }
    const since = count - seen
    seen = count
    return since
  }
}

for (const column of sealedColumns) {
  test(`${nameOf(column)}: a value swapped with another row’s, copied to another column, or moved to another tenant is refused and audited`, async () => {
    await using world = await sealedWorld()
    const { one, two } = world
    const { vault } = world.ports
    const failures = failuresOf(world)
    const [first] = await valuesOf(world, column, one.tenantId)
    assert.ok(first)
    // Places are the conversation's for turns too: two turns of one conversation share theirs.
    const other = (await valuesOf(world, column, one.tenantId)).find(({ row }) => row !== first.row)
    assert.ok(other)
    const place = { ...column.place, row: first.row }
    await open(vault, one.tenantId, place, first.value)

    const elsewhere = sealedColumns.filter(
      ({ format, place: target }) =>
        format === column.format &&
        (target.table !== place.table || target.column !== place.column),
    )
    assert.ok(elsewhere.length >= 3)
    const moved = [
      { tenantId: one.tenantId, place: { ...place, row: other.row } },
      { tenantId: one.tenantId, place: { ...place, column: `${place.column}_copy` } },
      ...elsewhere.map((target) => ({
        tenantId: one.tenantId,
        place: { ...target.place, row: first.row },
      })),
      { tenantId: two.tenantId, place },
      ...(column.tenants === 'lead' ? [] : [{ tenantId: null, place }]),
    ]
    for (const target of moved) {
      const opening = open(vault, target.tenantId, target.place, first.value)
      await assert.rejects(opening, UnsealError, JSON.stringify(target))
    }
    assert.equal(await failures(moved.length), moved.length)
    await open(vault, one.tenantId, place, first.value)
    assert.equal(await failures(0), 0)
  })
}

test('a database opens with no other instance’s keys, not even with a key of the same name', async () => {
  await using world = await sealedWorld()
  await using foreign = await testPorts()
  const { ports } = world
  const [key] = ports.config.encryptionKeys
  const impostor = { kid: key.kid, key: new Uint8Array(32).fill(1) }
  await assert.rejects(openVault(ports.db, [impostor], ports), /is not the one this database was/)
  // Another instance with a tenant of the same name, even under the same master key: its data key is another.
  const { tenantId } = world.one
  await foreign.db.transaction(async (db) => await foreign.vault.createTenantKey(db, tenantId))
  let tried = 0
  for (const column of sealedColumns) {
    for (const { row, value } of await valuesOf(world, column, tenantId)) {
      await assert.rejects(
        open(foreign.vault, tenantId, { ...column.place, row }, value),
        UnsealError,
      )
      tried += 1
    }
  }
  assert.ok(tried > 20)
  const lines = async () =>
    await foreign.db.many(sql`select 1 from audit_log where action = 'value.unseal_failed'`)
  for (let n = 0; n < 100 && (await lines()).length < 20; n += 1) await sleep(10)
  // Twenty at once; what follows is held back, so that no damaged table floods the log.
  assert.ok((await lines()).length >= 20)
})

test('the product itself refuses what was swapped in the database: a thread shows no foreign text, a token is not used', async () => {
  await using world = await sealedWorld()
  const { ports, app, one, two } = world
  const failures = failuresOf(world)
  const [mine] = await ports.db.many<{ id: string; conversation_id: string }>(
    sql`select id, conversation_id from messages where tenant_id = ${one.tenantId} and direction = 'inbound' limit 1`,
  )
  await ports.db.run(sql`
    update messages set sealed = (select sealed from messages where tenant_id = ${two.tenantId} limit 1)
    where id = ${mine?.id}`)
  const path = `/v1/conversations/${mine?.conversation_id}/messages`
  const page = await app.call('GET', path, { headers: app.asHost })
  const shown = page.json.data.find(({ id }: { id: string }) => id === mine?.id)
  assert.deepEqual([page.status, shown.text], [200, null])
  assert.equal(await failures(1), 1)

  await ports.db.run(sql`
    update grants set sealed_token = (select sealed_token from grants where tenant_id = ${two.tenantId} and status = 'active')
    where tenant_id = ${one.tenantId} and status = 'active'`)
  const vault = await openVault(ports.db, ports.config.encryptionKeys, {
    ...ports,
    onUnsealFailed: recordUnsealFailures(ports),
  })
  await assert.rejects(useGrant({ ...ports, vault }, one, 'send'), { code: 'tokens/needs-reauth' })
  assert.equal(await failures(1), 1)

  // A row that moves to another tenant with all it has opens for nobody.
  await ports.db.run(sql`
    update messages set tenant_id = ${two.tenantId} where id = (
      select id from messages where tenant_id = ${one.tenantId} and id <> ${mine?.id} and direction = 'inbound' limit 1)`)
  const messages = sealedColumns.find(({ table }) => table === 'messages')
  assert.ok(messages)
  const sealer = await ports.vault.tenant(two.tenantId)
  const rows = await valuesOf(world, messages, two.tenantId)
  const closed = rows.filter(({ row, value }) => {
    try {
      sealer.open({ table: 'messages', row, column: 'sealed' }, Buffer.from(value))
      return false
    } catch (error) {
      assert.ok(error instanceof UnsealError)
      return true
    }
  })
  assert.equal(closed.length, 1)
})
