import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { emptyDatabase } from '#testing/test-database.ts'
import { migrate, readMigrations, UnusableDatabaseError } from './migrations.ts'

async function run(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('several processes may migrate an empty database at once: each migration is applied once', async () => {
  await using empty = await emptyDatabase()
  const done = await Promise.all([migrate(empty.url), migrate(empty.url), migrate(empty.url)])
  const names = readMigrations().map(({ name }) => name)
  assert.deepEqual(done.flat(), names)
  assert.deepEqual(
    await run(empty.url, 'select name from parley_migrations order by number'),
    names.map((name) => ({ name })),
  )
  assert.deepEqual(await migrate(empty.url), [])
})

test('a database of a newer version is refused and left as it is', async () => {
  await using empty = await emptyDatabase()
  await migrate(empty.url)
  await run(
    empty.url,
    `insert into parley_migrations (number, name, checksum) values (9999, '9999-later.sql', 'x')`,
  )
  await assert.rejects(migrate(empty.url), (error) => {
    assert.ok(error instanceof UnusableDatabaseError)
    return /newer Parley \(9999-later.sql\)/.test(error.message)
  })
})

test('a database migrated with another text is refused', async () => {
  await using empty = await emptyDatabase()
  await migrate(empty.url)
  await run(empty.url, `update parley_migrations set checksum = 'x' where number = 1`)
  await assert.rejects(migrate(empty.url), UnusableDatabaseError)
})
