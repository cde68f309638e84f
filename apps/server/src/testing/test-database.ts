import { createHash, randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Pool } from 'pg'
import { openDatabase } from '#ports/database.ts'
import type { Database } from '#ports/database.ts'
import { startEmbeddedPostgres } from '#ports/embedded-postgres.ts'
import { silentLog } from '#ports/log.ts'
import { migrate, readMigrations } from '#ports/migrations.ts'

/** A migrated database of its own, gone with the test. */
export type TestDatabase = Database & { readonly url: string }

const folder = fileURLToPath(new URL('../../../../.parley-test', import.meta.url))
/** Any number nobody else uses: one process makes the template. */
const TEMPLATE_LOCK = 7_275_393

let prepared: Promise<{ admin: Pool; template: string; url: string }> | undefined

/**
 * A fresh copy of a migrated template: `await using db = await testDatabase()`.
 *
 * The server is PARLEY_TEST_DATABASE_URL (what `npm test` sets), else an embedded one in `.parley-test/` that keeps
 * running between runs.
 */
export async function testDatabase(): Promise<TestDatabase> {
  prepared ??= prepare()
  const { admin, template, url } = await prepared
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await admin.query(`create database ${name} template ${template}`)
  const ownUrl = withDatabase(url, name)
  const db = openDatabase({ url: ownUrl, connectionsMax: 10, onError: () => undefined })
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await db.close()
    await admin.query(`drop database if exists ${name} with (force)`)
  }
  return { ...db, url: ownUrl, close, [Symbol.asyncDispose]: close }
}

/** An empty database, for tests of the migrations themselves. */
export async function emptyDatabase(): Promise<AsyncDisposable & { readonly url: string }> {
  prepared ??= prepare()
  const { admin, url } = await prepared
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await admin.query(`create database ${name}`)
  return {
    url: withDatabase(url, name),
    async [Symbol.asyncDispose]() {
      await admin.query(`drop database if exists ${name} with (force)`)
    },
  }
}

async function prepare(): Promise<{ admin: Pool; template: string; url: string }> {
  const url =
    process.env['PARLEY_TEST_DATABASE_URL'] ??
    (await startEmbeddedPostgres({ folder, role: 'guest', log: silentLog })).url
  // Idle connections do not keep a finished test file alive.
  const admin = new Pool({ connectionString: url, max: 4, allowExitOnIdle: true })
  admin.on('error', () => undefined)
  return { admin, template: await ensureTemplate(admin, url), url }
}

/** Named after the migrations' text: changed migrations make a new template. */
async function ensureTemplate(admin: Pool, url: string): Promise<string> {
  const texts = readMigrations().map((migration) => migration.checksum)
  const template = `template_${createHash('sha256').update(texts.join()).digest('hex').slice(0, 16)}`
  const client = await admin.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK])
    const found = await client.query('select 1 from pg_database where datname = $1', [template])
    if (found.rowCount === 0) {
      const unfinished = `${template}_unfinished`
      await client.query(`drop database if exists ${unfinished} with (force)`)
      await client.query(`create database ${unfinished}`)
      await migrate(withDatabase(url, unfinished))
      await client.query(`alter database ${unfinished} rename to ${template}`)
    }
    await client.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK])
  } finally {
    client.release()
  }
  return template
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
