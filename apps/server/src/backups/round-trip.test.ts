import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { recordAudit } from '#audit/record-audit.ts'
import { chainAudit } from '#audit/chain-audit.ts'
import { verifyAudit } from '#audit/verify-audit.ts'
import { systemClock } from '#ports/clock.ts'
import { openDatabase, sql } from '#ports/database.ts'
import { openLongSession } from '#ports/long-session.ts'
import { readMigrations } from '#ports/migrations.ts'
import { systemRandom } from '#ports/random.ts'
import { openVault } from '#ports/vault.ts'
import {
  KEYS,
  addTenant,
  backUp,
  backupFolder,
  everything,
  look,
  restore,
} from '#testing/backup-files.ts'
import { eventually } from '#testing/pipeline.ts'
import { sealedWorld } from '#testing/sealed-world.ts'
import { emptyDatabase, testDatabase } from '#testing/test-database.ts'
import { ownNames } from './own-names.ts'
import { listSequences, listTables } from './store.ts'
import { dropEverything } from './store-restore.ts'
import { writeBackup } from './write-backup.ts'

/** What a restored instance does not take over, or writes itself. */
const ITS_OWN = new Set([
  'public.workers',
  'auth.session',
  'auth.verification',
  'public.sign_in_links',
  'public.audit_log',
])

test('every row of every table is back, tokens open, the audit log is whole, and numbers go on', async () => {
  using files = backupFolder()
  await using target = await emptyDatabase()
  let before: Map<string, string[]>
  let sealed: { tenant_id: string; id: string; sealed_token: string }
  {
    await using world = await sealedWorld()
    const { ports } = world
    await chainAudit(ports)
    const written = await backUp(ports.db.url, files.file())
    assert.deepEqual(written.masterKeys, ['test'])
    assert.equal(written.bytes, statSync(files.file()).size)
    before = await everything(ports.db)
    sealed = await ports.db.one(sql`
      select tenant_id, id, sealed_token from grants where sealed_token is not null order by id limit 1`)
  }
  assert.ok([...before.values()].filter((rows) => rows.length > 0).length > 20)
  assert.equal(statSync(files.file()).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(files.path), ['one.backup'])

  const restored = await restore(target.url, files.file())
  assert.deepEqual([restored.migrated, restored.erasures], [[], 0])
  await using db = openDatabase({ url: target.url, connectionsMax: 4, onError: () => undefined })
  const after = await everything(db)
  assert.deepEqual([...after.keys()], [...before.keys()])
  for (const [table, rows] of before) {
    if (!ITS_OWN.has(table)) assert.deepEqual(after.get(table), rows, table)
  }
  const lines = before.get('public.audit_log') ?? []
  // The line about the backup came after it, the one about the restoring is new.
  assert.equal(after.get('public.audit_log')?.length, lines.length)
  const verdict = await verifyAudit(db)
  assert.deepEqual([verdict.ok, verdict.head.count, verdict.waiting], [true, lines.length - 1, 1])
  await recordAudit(db, new Date(), { actor: 'system', action: 'tested' })
  await chainAudit({ db })
  assert.equal((await verifyAudit(db)).head.count, lines.length + 1)

  const vault = await openVault(db, KEYS, { clock: systemClock, random: systemRandom })
  const place = { table: 'grants', row: sealed.id, column: 'sealed_token' }
  const token = await vault.openToken(sealed.tenant_id, place, sealed.sealed_token)
  const text = readFileSync(files.file(), 'latin1')
  assert.ok(token.reveal().length > 10 && !text.includes(token.reveal()))
  assert.ok(!text.includes(Buffer.alloc(32, 7).toString('base64')))
})

test('a backup under traffic is of one moment, whatever is written while it is made', async () => {
  using files = backupFolder()
  await using source = await testDatabase()
  await addTenant(source, 'lumen')
  const stop = new AbortController()
  let written = 0
  const writing = (async () => {
    while (!stop.signal.aborted) {
      written += 1
      const id = `t${written}`
      await source.transaction(async (tx) => {
        await tx.run(sql`
          insert into tenants (id, name, timezone, created_at, updated_at) values (${id}, ${'x'.repeat(2000)}, 'UTC', now(), now())`)
        await tx.run(sql`
          insert into api_keys (id, tenant_id, name, key_hash, scopes, created_at)
          values (gen_random_uuid(), ${id}, 'a "name"
            of two	lines \\ and more', ${id}, '{connect}', now())`)
        await recordAudit(tx, new Date(), { actor: 'system', action: 'tested', tenantId: id })
      })
      await chainAudit({ db: source })
    }
  })()
  for (let n = 0; n < 4; n += 1) {
    const wanted = written + 20
    await eventually('more is written', () => written >= wanted)
    await backUp(source.url, files.file(`${n}`))
  }
  stop.abort()
  await writing
  for (let n = 0; n < 4; n += 1) {
    await using target = await emptyDatabase()
    await restore(target.url, files.file(`${n}`))
    await look(target.url, async (db) => {
      const { tenants, keys, lines } = await db.one<Record<string, number>>(sql`
        select (select count(*) from tenants where id <> 'lumen') as tenants, (select count(*) from api_keys) as keys,
          (select count(*) from audit_log where action = 'tested') as lines`)
      assert.ok(tenants !== undefined && tenants >= 20 * (n + 1))
      assert.deepEqual([keys, lines], [tenants, tenants])
      assert.equal((await verifyAudit(db)).ok, true)
    })
  }
})

test('the time of a backup is not later than its moment, however long its keys take', async () => {
  using files = backupFolder()
  await using source = await testDatabase()
  await addTenant(source, 'lumen')
  const atMs = Date.UTC(2026, 10, 20, 3)
  let [nowMs, keysMade] = [atMs, 0]
  const written = await writeBackup(
    {
      url: source.url,
      masterKeys: KEYS,
      clock: { ...systemClock, now: () => nowMs },
      random: {
        ...systemRandom,
        // The file's own key is made when the tables' moment is fixed.
        bytes: (count) => {
          keysMade += 1
          nowMs += 60_000
          return systemRandom.bytes(count)
        },
      },
    },
    files.file(),
    () => undefined,
  )
  assert.equal(keysMade, 1)
  assert.equal(written.takenAt, new Date(atMs).toISOString())
})

test('a table larger than any piece comes back whole, and a line in it is one row', async () => {
  using files = backupFolder()
  await using source = await testDatabase()
  await using target = await emptyDatabase()
  await source.run(sql`
    insert into deliveries (id, received_at, signed_with, bytes, sealed, state)
    select gen_random_uuid(), now(), 'instagram', n, convert_to(repeat(md5(n::text), case when n = 7 then 100000 else 30 end), 'UTF8'), 'processed'
    from generate_series(1, 5000) as n`)
  const written = await backUp(source.url, files.file())
  const restored = await restore(target.url, files.file())
  assert.equal(restored.rows, written.rows)
  const sum = sql`select count(*) as count, md5(string_agg(md5(sealed), ',' order by id)) as sum from deliveries`
  assert.deepEqual(await look(target.url, async (db) => await db.one(sum)), await source.one(sum))
})

test('a backup of an older version is migrated, and only then settled', async () => {
  using files = backupFolder()
  await using source = await emptyDatabase()
  await using target = await emptyDatabase()
  const all = readMigrations()
  {
    await using session = await openLongSession(source.url, 'test')
    await session.script(
      'create table parley_migrations (number integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())',
    )
    for (const { text, number, name, checksum } of all.slice(0, -1)) {
      await session.script(text)
      await session.run(sql`insert into parley_migrations values (${number}, ${name}, ${checksum})`)
    }
    await session.run(
      sql`insert into tenants (id, name, timezone, created_at, updated_at) values ('lumen', 'Lumen', 'UTC', now(), now())`,
    )
  }
  await backUp(source.url, files.file())
  const restored = await restore(target.url, files.file())
  assert.deepEqual(restored.migrated, [all.at(-1)?.name])
  const names = await look(
    target.url,
    async (db) =>
      await db.many<{ name: string }>(sql`select name from parley_migrations order by number`),
  )
  assert.deepEqual(
    names.map(({ name }) => name),
    all.map(({ name }) => name),
  )
})

test('what is ours is all there is, so that nothing is left out of a backup or behind a replaced database', async () => {
  await using source = await emptyDatabase()
  await using session = await openLongSession(source.url, 'test')
  for (const { text } of readMigrations()) await session.script(text)
  await session.script(
    'create table parley_migrations (number integer); create table somebodys (id integer)',
  )
  const own = ownNames(readMigrations())
  const tables = await listTables(session, own)
  assert.deepEqual(
    tables.map(({ name }) => name),
    own.tables.toSorted(),
  )
  await dropEverything(session, tables, await listSequences(session, own))
  const left = await session.many(sql`
    select relname as name from pg_class where relnamespace in (select oid from pg_namespace where nspname in ('public', 'auth'))
    union all select typname from pg_type where typnamespace = 'public'::regnamespace and typname not like '%somebodys'
    union all select proname from pg_proc where pronamespace = 'public'::regnamespace
    union all select nspname from pg_namespace where nspname = 'auth'`)
  assert.deepEqual(left, [{ name: 'somebodys' }])
})
