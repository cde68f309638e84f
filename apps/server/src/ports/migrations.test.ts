import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { emptyDatabase } from '#testing/test-database.ts'
import { systemClock } from './clock.ts'
import { openDatabase } from './database.ts'
import { WrongKeyError } from './master-keys.ts'
import { migrate, readMigrations, UnusableDatabaseError } from './migrations.ts'
import { systemRandom } from './random.ts'
import { openVault } from './vault.ts'

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

test('a database sealed with another master key is refused before its tables are changed', async () => {
  await using empty = await emptyDatabase()
  const key = (byte: number) => ({ kid: `k${byte}`, key: new Uint8Array(32).fill(byte) })
  await migrate(empty.url, [key(1)])
  await using db = openDatabase({ url: empty.url, connectionsMax: 1, onError: () => undefined })
  await openVault(db, [key(1)], { clock: systemClock, random: systemRandom })
  const names = 'select name from parley_migrations order by number'
  await run(
    empty.url,
    'delete from parley_migrations where number = (select max(number) from parley_migrations)',
  )
  const before = await run(empty.url, names)
  await assert.rejects(migrate(empty.url, [key(2)]), WrongKeyError)
  assert.deepEqual(await run(empty.url, names), before)
})

test('a database migrated with another text is refused', async () => {
  await using empty = await emptyDatabase()
  await migrate(empty.url)
  await run(empty.url, `update parley_migrations set checksum = 'x' where number = 1`)
  await assert.rejects(migrate(empty.url), UnusableDatabaseError)
})
