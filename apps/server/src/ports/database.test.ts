import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { openDatabase, sql } from './database.ts'
import { testDatabase } from '#testing/test-database.ts'

test('a value is a parameter, never text', async () => {
  await using db = await testDatabase()
  const hostile = `'; drop table tenants; --`
  assert.deepEqual(await db.one(sql`select ${hostile}::text as said`), { said: hostile })
})

test('a statement keeps its name per place, so that it is planned once per connection', () => {
  const at = (id: string): ReturnType<typeof sql> => sql`select ${id}::text`
  assert.equal(at('a').name, at('b').name)
  assert.notEqual(at('a').name, sql`select 1`.name)
})

test('a transaction commits all it did, or nothing of it', async () => {
  await using db = await testDatabase()
  const add = async (id: string, fails: boolean): Promise<void> =>
    await db.transaction(async (inside) => {
      await inside.run(sql`insert into workers (id, seen_at) values (${id}, now())`)
      if (fails) throw new Error('no')
    })
  await add('kept', false)
  await assert.rejects(add('gone', true), /no/)
  assert.deepEqual(await db.many(sql`select id from workers`), [{ id: 'kept' }])
})

test('one row is one row: more is a bug', async () => {
  await using db = await testDatabase()
  const many = sql`select n from generate_series(1, 2) as n`
  await assert.rejects(db.one(many), /expected one row, got 2/)
  await assert.rejects(db.maybe(many), /expected at most one row, got 2/)
  assert.equal(await db.maybe(sql`select 1 where false`), undefined)
})

test('a connection cut in the middle of a transaction fails it, and the next one works', async () => {
  await using db = await testDatabase()
  const cut = db.transaction(async (inside) => {
    const { pid } = await inside.one<{ pid: number }>(sql`select pg_backend_pid() as pid`)
    await db.run(sql`select pg_terminate_backend(${pid})`)
    await inside.run(sql`select 1`)
  })
  await assert.rejects(cut)
  assert.deepEqual(await db.one(sql`select 1 as one`), { one: 1 })
})

test('a session that ends by itself says so once', async () => {
  await using db = await testDatabase()
  const lost: Error[] = []
  const told = new Promise<void>((resolve) => {
    void db
      .session((error) => {
        lost.push(error)
        resolve()
      })
      .then(async (session) => {
        const { pid } = await session.one<{ pid: number }>(sql`select pg_backend_pid() as pid`)
        await db.run(sql`select pg_terminate_backend(${pid})`)
      })
  })
  await told
  await db.one(sql`select 1 as one`)
  assert.equal(lost.length, 1)
})

test('a database that is not there is an error of the query, not of the process', async () => {
  const db = openDatabase({
    url: 'postgres://nobody@127.0.0.1:9/none',
    connectionsMax: 1,
    onError: () => undefined,
  })
  await assert.rejects(db.many(sql`select 1`), { code: 'ECONNREFUSED' })
  await assert.rejects(
    db.session(() => assert.fail('never opened')),
    { code: 'ECONNREFUSED' },
  )
  await db.close()
})

test('a server that says nothing any more is left behind: statement, transaction and session fail in time', async () => {
  await using real = await testDatabase()
  const { front, hush, door } = await silentDoor(real.url)
  await using db = openDatabase({
    url: front,
    connectionsMax: 2,
    silenceMs: 1_000,
    onError: () => undefined,
  })
  const lost = Promise.withResolvers<Error>()
  const session = await db.session(lost.resolve)
  const inside = db.transaction(async (open) => {
    await open.run(sql`select 1`)
    hush()
    await open.run(sql`select 2`)
  })
  await assert.rejects(inside, /read timeout/)
  await assert.rejects(session.run(sql`select 3`), /read timeout/)
  assert.ok((await lost.promise) instanceof Error)
  // Sessions opened from now on are heard; those before never are.
  assert.deepEqual(await db.one(sql`select 4 as four`), { four: 4 })
  door.close()
})

/** A way to a database that loses the voice of every session it has, as a failover does. */
async function silentDoor(
  url: string,
): Promise<{ front: string; hush: () => void; door: ReturnType<typeof createServer> }> {
  const behind = new URL(url)
  const mute: (() => void)[] = []
  const door = createServer((client) => {
    const target = connect(Number(behind.port), behind.hostname)
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      from.on('error', () => undefined)
      from.on('close', () => to.destroy())
      from.pipe(to)
    }
    mute.push(() => {
      client.unpipe().resume()
      target.unpipe().resume()
    })
  })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  const address = door.address()
  const front = new URL(url)
  front.port = String(typeof address === 'object' && address !== null ? address.port : 0)
  return { front: front.href, hush: () => mute.forEach((each) => each()), door }
}
