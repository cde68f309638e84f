import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { testDatabase } from './test-database.ts'

test('each test has a migrated database of its own', async () => {
  await using one = await testDatabase()
  await using other = await testDatabase()
  await one.run(sql`insert into workers (id, seen_at) values ('w', now())`)
  assert.equal((await one.many(sql`select 1 from workers`)).length, 1)
  assert.equal((await other.many(sql`select 1 from workers`)).length, 0)
})
