import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase, sql } from '#ports/database.ts'
import { migrate } from '#ports/migrations.ts'
import { freePort } from '#ports/postgres-cluster.ts'
import { emptyDatabase } from '#testing/test-database.ts'
import { testConfig } from '#testing/test-ports.ts'
import { doctor } from './doctor.ts'

/** What `parley doctor --json` prints, with nobody at Meta's addresses or ours. */
async function ask(databaseUrl: string) {
  const url = `http://127.0.0.1:${await freePort()}`
  const metaUrls = {
    instagramWww: url,
    instagramApi: url,
    instagramGraph: url,
    facebookWww: url,
    facebookGraph: url,
  }
  let printed = ''
  const isWell = await doctor(
    testConfig({ databaseUrl, metaUrls, url }),
    { json: true },
    (text) => {
      printed += text
    },
  )
  const findings: { check: string; state: string; message: string; fix: string }[] =
    JSON.parse(printed)
  return { isWell, database: findings.find(({ check }) => check === 'database'), findings }
}

test('a database that is away is a finding, and the rest is looked at all the same', async () => {
  const { isWell, database, findings } = await ask(
    `postgres://nobody@127.0.0.1:${await freePort()}/none`,
  )
  assert.equal(isWell, false)
  assert.deepEqual(
    [database?.state, database?.message],
    ['problem', 'The database does not answer (ECONNREFUSED).'],
  )
  assert.match(database?.fix ?? '', /DATABASE_URL/)
  for (const check of ['Graph version', 'address', 'instagram app', 'webhook handshake']) {
    assert.ok(
      findings.some((finding) => finding.check === check),
      check,
    )
  }
})

test('tables of an older version are a finding too, and stay as they are', async () => {
  await using empty = await emptyDatabase()
  const none = await ask(empty.url)
  assert.match(none.database?.message ?? '', /older Parley/)
  assert.match(none.database?.fix ?? '', /parley migrate/)
  await using db = openDatabase({ url: empty.url, connectionsMax: 1, onError: () => undefined })
  const { tables } = await db.one<{ tables: number }>(
    sql`select count(*) as tables from pg_tables where schemaname = 'public'`,
  )
  assert.equal(tables, 0)
  await migrate(empty.url)
  assert.equal((await ask(empty.url)).database?.state, 'ok')
})
