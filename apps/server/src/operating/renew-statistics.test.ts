import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { testDatabase } from '#testing/test-database.ts'
import { eventually } from '#testing/pipeline.ts'
import { analyze, findOutgrown } from './store-statistics.ts'

test('a table that outgrew what the planner knows of it is found, and known afterwards', async () => {
  await using db = await testDatabase()
  const lanes = sql`
    insert into lanes (conversation_id, tenant_id, connection_id)
    select gen_random_uuid(), 't', gen_random_uuid() from generate_series(1, 2000)`
  await db.run(lanes)
  await eventually('the count', async () => (await findOutgrown(db)).includes('lanes'))
  await analyze(db, 'lanes')
  const known = await db.one<{ rows: number }>(
    sql`select reltuples::integer as rows from pg_class where relname = 'lanes'`,
  )
  assert.equal(known.rows, 2000)
  await eventually('rest', async () => !(await findOutgrown(db)).includes('lanes'))
  // As much again is no reason yet: from here on the database's own housekeeping looks often enough.
  await db.run(lanes)
  assert(!(await findOutgrown(db)).includes('lanes'))
})
