import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sealedColumns } from './sealed-columns.ts'
import { firstKey, selectSealedPage } from './store-sealed.ts'
import { nameOf } from './walk-owner.ts'
import { sql } from '#ports/database.ts'
import { sealedWorld } from '#testing/sealed-world.ts'
import { testDatabase } from '#testing/test-database.ts'

test('every sealed column of the database is in the list a rotation walks, and nothing else is', async () => {
  await using db = await testDatabase()
  // Sealed is what is called so, and what is bytes: a migration that adds either lists it in sealed-columns.ts.
  const found = await db.many<{ name: string; type: string }>(sql`
    select table_name || '.' || column_name as name, data_type as type from information_schema.columns
    where table_schema = 'public' and (column_name ~ '(^|_)sealed(_|$)' or data_type = 'bytea')
    order by 1`)
  assert.deepEqual(
    sealedColumns
      .map((column) => ({ name: nameOf(column), type: column.format === 'jwe' ? 'text' : 'bytea' }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    found,
  )
})

test('the key of the list is the primary key of its table', async () => {
  await using db = await testDatabase()
  for (const { table, key, tenants } of sealedColumns) {
    const rows = await db.many<{ name: string }>(sql`
      select a.attname as name from pg_index i
      join unnest(i.indkey) with ordinality as k (n, place) on true
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.n
      where i.indrelid = ${table}::text::regclass and i.indisprimary order by k.place`)
    const names = key.map(({ name }) => name)
    assert.deepEqual(
      rows.map(({ name }) => name),
      tenants === 'lead' ? ['tenant_id', ...names] : names,
      table,
    )
  }
})

test('what the product seals opens at the place the list names, in every column', async () => {
  await using world = await sealedWorld()
  const { ports } = world
  for (const column of sealedColumns) {
    for (const tenantId of [world.one.tenantId, world.two.tenantId]) {
      const input = { tenantId, version: 0, after: firstKey(column), limit: 100 }
      const rows = (await selectSealedPage(ports.db, column, input)).filter(({ value }) => value)
      assert.ok(rows.length >= 2, `${nameOf(column)} of ${tenantId}: ${rows.length}`)
      for (const { row, value } of rows) {
        const place = { ...column.place, row }
        if (typeof value === 'string') await ports.vault.openToken(tenantId, place, value)
        else if (value !== null) (await ports.vault.tenant(tenantId)).open(place, value)
      }
    }
    if (column.tenants === 'lead') continue
    const input = { tenantId: null, version: 0, after: firstKey(column), limit: 100 }
    const rows = await selectSealedPage(ports.db, column, input)
    const values = rows.flatMap(({ row, value }) =>
      Buffer.isBuffer(value) ? [{ row, value }] : [],
    )
    assert.ok(values.length >= 2, `${nameOf(column)} of the inbox: ${values.length}`)
    for (const { row, value } of values) ports.vault.inbox().open({ ...column.place, row }, value)
  }
})
