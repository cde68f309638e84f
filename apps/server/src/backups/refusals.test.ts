import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { AppError } from '@parley/contract/app-error.ts'
import type { ErrorCode } from '@parley/contract/errors.ts'
import { sql } from '#ports/database.ts'
import { openLongSession } from '#ports/long-session.ts'
import { WrongKeyError } from '#ports/master-keys.ts'
import { MIGRATION_LOCK } from '#ports/migrations.ts'
import {
  addTenant,
  backUp,
  backupFolder,
  everything,
  KEYS,
  look,
  masterKey,
  restore,
} from '#testing/backup-files.ts'
import { emptyDatabase, testDatabase } from '#testing/test-database.ts'
import { MAGIC } from './schema.ts'

const refusedWith = (code: ErrorCode) => (error: unknown) => {
  assert.ok(error instanceof AppError, String(error))
  assert.equal(error.code, code)
  return true
}

/** A backup of a database with one tenant, and a folder for it. */
async function oneBackup(tenant = 'lumen') {
  const files = backupFolder()
  await using source = await testDatabase()
  await addTenant(source, tenant)
  await backUp(source.url, files.file())
  const bytes = readFileSync(files.file())
  const headerEnd = bytes.indexOf(10, MAGIC.length) + 1
  return {
    ...files,
    bytes,
    headerEnd,
    header: JSON.parse(bytes.subarray(MAGIC.length, headerEnd).toString('utf8')),
    /** The same file with another header. */
    withHeader: (header: unknown) =>
      Buffer.concat([
        Buffer.from(`${MAGIC}${JSON.stringify(header)}\n`),
        bytes.subarray(headerEnd),
      ]),
  }
}

/** A Parley that holds a tenant of its own. */
async function otherParley() {
  const target = await emptyDatabase()
  using files = await oneBackup('other')
  await restore(target.url, files.file())
  return target
}

const tablesOf = async (url: string): Promise<number> =>
  (await look(url, async (db) => await everything(db))).size

test('with a wrong master key nothing is written but one audit line, and into an empty database nothing at all', async () => {
  using files = await oneBackup()
  const wrong = [
    [masterKey('other', 7)],
    [masterKey('test', 8)],
    [masterKey('other', 7), masterKey('test', 9)],
  ]
  await using empty = await emptyDatabase()
  await using target = await otherParley()
  for (const masterKeys of wrong) {
    await assert.rejects(
      restore(empty.url, files.file(), { masterKeys }),
      refusedWith('backups/wrong-key'),
    )
    assert.equal(await tablesOf(empty.url), 0)

    const before = await look(target.url, everything)
    const { replace } = await look(
      target.url,
      async (db) =>
        await db.one<{ replace: string }>(sql`select current_database()::text as replace`),
    )
    await assert.rejects(
      restore(target.url, files.file(), { masterKeys, replace }),
      refusedWith('backups/wrong-key'),
    )
    const after = await look(target.url, everything)
    const lines = after.get('public.audit_log') ?? []
    assert.equal(lines.length, (before.get('public.audit_log') ?? []).length + 1)
    assert.ok(lines.some((line) => /backup\.restore_refused.*backups\/wrong-key/.test(line)))
    before.delete('public.audit_log')
    after.delete('public.audit_log')
    assert.deepEqual(after, before)
  }
})

test('the keys are tried before the file is looked at any further', async () => {
  using files = await oneBackup()
  await using empty = await emptyDatabase()
  files.bytes.fill(0, files.headerEnd, files.headerEnd + 200)
  writeFileSync(files.file(), files.bytes)
  const masterKeys = [masterKey('other', 7)]
  await assert.rejects(
    restore(empty.url, files.file(), { masterKeys }),
    refusedWith('backups/wrong-key'),
  )
  await assert.rejects(restore(empty.url, files.file()), refusedWith('backups/damaged'))
})

test('half a file, a changed one, another version’s and none at all are told apart, and nothing is written', async () => {
  using files = await oneBackup()
  await using empty = await emptyDatabase()
  const { bytes, header, headerEnd } = files
  const flipped = Buffer.from(bytes)
  const middle = Math.floor((headerEnd + bytes.length) / 2)
  flipped.writeUInt8(flipped.readUInt8(middle) ^ 1, middle)
  const last = header.migrations.at(-1)
  const later = { number: last.number + 1, name: '9999-later.sql', checksum: 'x' }
  const rewritten = { ...last, checksum: 'x' }
  const attempts: [string, Buffer, ErrorCode][] = [
    ['nothing', Buffer.alloc(0), 'backups/not-a-backup'],
    ['a dump', Buffer.from('PGDMP and more'), 'backups/not-a-backup'],
    ['the first letters', bytes.subarray(0, 5), 'backups/incomplete'],
    ['half a header', bytes.subarray(0, headerEnd - 10), 'backups/incomplete'],
    ['the header alone', bytes.subarray(0, headerEnd), 'backups/incomplete'],
    ['half', bytes.subarray(0, middle), 'backups/incomplete'],
    ['all but a byte', bytes.subarray(0, -1), 'backups/incomplete'],
    ['more than all', Buffer.concat([bytes, Buffer.from('x')]), 'backups/incomplete'],
    ['one bit', flipped, 'backups/damaged'],
    ['no JSON', Buffer.concat([Buffer.from(`${MAGIC}hello\n`), bytes]), 'backups/damaged'],
    [
      'endless header',
      Buffer.concat([Buffer.from(MAGIC), Buffer.alloc(5_000_000, 97)]),
      'backups/damaged',
    ],
    [
      'another moment',
      files.withHeader({ ...header, takenAt: '2020-01-01T00:00:00.000Z' }),
      'backups/damaged',
    ],
    [
      'no key',
      files.withHeader({ ...header, key: { ...header.key, wrapped: 'x' } }),
      'backups/damaged',
    ],
    ['a later format', files.withHeader({ format: 2 }), 'backups/unknown-format'],
    [
      'a later version',
      files.withHeader({ ...header, migrations: [...header.migrations, later] }),
      'backups/other-version',
    ],
    [
      'another text',
      files.withHeader({ ...header, migrations: [...header.migrations.slice(0, -1), rewritten] }),
      'backups/other-version',
    ],
  ]
  for (const [what, content, code] of attempts) {
    writeFileSync(files.file(), content)
    await assert.rejects(restore(empty.url, files.file()), (error) => {
      assert.ok(error instanceof AppError, `${what}: ${String(error)}`)
      assert.equal(error.code, code, what)
      return true
    })
  }
  for (const path of [files.path, files.file('missing')]) {
    await assert.rejects(restore(empty.url, path), refusedWith('backups/file-unusable'))
  }
  assert.equal(await tablesOf(empty.url), 0)
  writeFileSync(files.file(), bytes)
  assert.ok((await restore(empty.url, files.file())).rows > 0, 'the file itself was good')
})

test('a database that holds something is replaced only by its name, and what is not ours stays', async () => {
  using files = await oneBackup()
  await using target = await otherParley()
  const tenants = sql`select id from tenants`
  const { name } = await look(target.url, async (db) => {
    await db.run(sql`create table somebodys (id integer)`)
    return await db.one<{ name: string }>(sql`select current_database()::text as name`)
  })
  const refused = refusedWith('backups/database-not-empty')
  await assert.rejects(restore(target.url, files.file()), refused)
  await assert.rejects(restore(target.url, files.file(), { replace: 'another' }), refused)
  await look(target.url, async (db) => {
    assert.deepEqual(await db.many(tenants), [{ id: 'other' }])
    const lines = await db.many(
      sql`select 1 from audit_log where action = 'backup.restore_refused'`,
    )
    assert.equal(lines.length, 2)
  })
  await restore(target.url, files.file(), { replace: name })
  await look(target.url, async (db) => {
    assert.deepEqual(await db.many(tenants), [{ id: 'lumen' }])
    assert.deepEqual(await db.many(sql`select * from somebodys`), [])
  })
})

test('a database where tables of the same names are somebody else’s is left alone', async () => {
  using files = await oneBackup()
  await using target = await emptyDatabase()
  await look(target.url, async (db) => await db.run(sql`create table people (id integer)`))
  await assert.rejects(restore(target.url, files.file()), refusedWith('backups/database-not-empty'))
  assert.equal(await tablesOf(target.url), 1)
})

test('a database a Parley works on is refused: by its sessions, by a sign of life, and while one is starting', async () => {
  using files = await oneBackup()
  await using target = await emptyDatabase()
  const refused = refusedWith('backups/database-in-use')
  for (const url of [target.url, `${target.url}?application_name=shop`]) {
    await look(url, async (db) => {
      await db.run(sql`select 1`)
      await assert.rejects(restore(url, files.file()), refused)
    })
  }
  {
    await using starting = await openLongSession(target.url, 'something else')
    await starting.run(sql`select pg_advisory_lock(${MIGRATION_LOCK}::bigint)`)
    await assert.rejects(restore(target.url, files.file()), refused)
  }
  await restore(target.url, files.file())
  await look(target.url, async (db) => {
    await db.run(
      sql`insert into workers (id, seen_at) values ('w', clock_timestamp() + interval '1 hour')`,
    )
  })
  await assert.rejects(restore(target.url, files.file(), { replace: 'x' }), refused)
})

test('a restore that fails half way leaves the database as it was', async () => {
  using files = await oneBackup()
  await using target = await emptyDatabase()
  await look(target.url, async (db) => {
    await db.run(sql`create function refuse() returns event_trigger language plpgsql as
      $$ begin if (select count(*) from pg_class where relname = 'host_events') > 0 then raise exception 'no'; end if; end $$`)
    await db.run(sql`create event trigger refuse on ddl_command_end execute function refuse()`)
  })
  await assert.rejects(restore(target.url, files.file()), /no/)
  assert.equal(await tablesOf(target.url), 0)
})

test('a restore that fails when everything there is dropped leaves all of it as it was', async () => {
  using files = await oneBackup()
  await using target = await otherParley()
  const before = await look(target.url, async (db) => {
    await db.run(sql`create function refuse() returns event_trigger language plpgsql as
      $$ begin
        if to_regclass('host_events') is not null then
          raise exception 'tenants %, audit_log %', to_regclass('tenants'), (select count(*) from audit_log);
        end if;
      end $$`)
    await db.run(sql`create event trigger refuse on ddl_command_end when tag in ('CREATE TABLE')
      execute function refuse()`)
    return await everything(db)
  })
  const { replace } = await look(
    target.url,
    async (db) =>
      await db.one<{ replace: string }>(sql`select current_database()::text as replace`),
  )
  // Made anew, and nothing in it yet.
  await assert.rejects(
    restore(target.url, files.file(), { replace }),
    /tenants tenants, audit_log 0/,
  )
  assert.deepEqual(await look(target.url, everything), before)
  assert.ok((before.get('public.audit_log') ?? []).length > 0)
})

test('a backup is never written over a file, into nowhere, of no Parley, or under a key that does not open it', async () => {
  using files = await oneBackup()
  await using source = await testDatabase()
  await addTenant(source, 'lumen')
  await using empty = await emptyDatabase()
  const before = readFileSync(files.file())
  await assert.rejects(backUp(source.url, files.file()), refusedWith('backups/file-exists'))
  assert.deepEqual(readFileSync(files.file()), before)
  await assert.rejects(
    backUp(source.url, files.file('no/folder')),
    refusedWith('backups/file-unusable'),
  )
  await assert.rejects(backUp(empty.url, files.file('two')), refusedWith('backups/nothing-there'))
  await assert.rejects(
    backUp(source.url, files.file('two'), [masterKey('other', 1)]),
    WrongKeyError,
  )
  await source.run(
    sql`insert into parley_migrations (number, name, checksum) values (9999, '9999-later.sql', 'x')`,
  )
  await assert.rejects(
    backUp(source.url, files.file('two'), KEYS),
    refusedWith('backups/other-version'),
  )
  mkdirSync(files.file('folder'))
  assert.deepEqual(readdirSync(files.path).toSorted(), ['folder', 'one.backup'])
  assert.ok(!existsSync(files.file('two')))
})
