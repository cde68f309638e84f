import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from './database.ts'
import { openSignals } from './signals.ts'
import type { Happening, Signals } from './signals.ts'
import { testDatabase } from '#testing/test-database.ts'
import type { TestDatabase } from '#testing/test-database.ts'

async function open(db: TestDatabase, self: string): Promise<Signals> {
  return await openSignals(db, self, () => undefined)
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`not within 10 s: ${what}`)), 10_000).unref()
  })
  return await Promise.race([promise, late])
}

test('a wake is heard here at once, and where nobody works, once by another process', async () => {
  await using db = await testDatabase()
  await using here = await open(db, 'here')
  await using there = await open(db, 'there')
  let heardHere = 0
  let heardThere = 0
  const stop = here.onWork('lanes', () => (heardHere += 1))
  const heard = new Promise<void>((resolve) => {
    there.onWork('lanes', () => {
      heardThere += 1
      resolve()
    })
  })
  for (let n = 0; n < 50; n += 1) here.wake('lanes')
  assert.equal(heardHere, 50)
  stop()
  for (let n = 0; n < 50; n += 1) here.wake('lanes')
  await within(heard, 'the other process wakes')
  assert.deepEqual([heardHere, heardThere], [50, 1])
})

test('happenings of any number reach another process whole and in order', async () => {
  await using db = await testDatabase()
  await using here = await open(db, 'here')
  await using there = await open(db, 'there')
  const sent = Array.from({ length: 500 }, (_, n): Happening => happening(n))
  const received: Happening[] = []
  const all = new Promise<void>((resolve) => {
    there.onHappening((one) => {
      received.push(one)
      if (received.length === sent.length) resolve()
    })
  })
  here.tell(sent)
  await within(all, 'all are told')
  assert.deepEqual(received, sent)
})

test('after its session was cut it listens again', async () => {
  await using db = await testDatabase()
  await using here = await open(db, 'here')
  await using there = await open(db, 'there')
  await db.run(sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where query like 'listen %' and datname = current_database()`)
  const heard = new Promise<void>((resolve) => void there.onWork('people', resolve))
  const again = setInterval(() => here.wake('people'), 200)
  try {
    await within(heard, 'the other process wakes')
  } finally {
    clearInterval(again)
  }
})

test('a listener that was taken off hears nothing more', async () => {
  await using db = await testDatabase()
  await using here = await open(db, 'here')
  let heard = 0
  const off = here.onWork('lanes', () => (heard += 1))
  here.wake('lanes')
  off()
  here.wake('lanes')
  assert.equal(heard, 1)
})

function happening(n: number): Happening {
  const id = `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
  return { kind: 'conversation', id, connectionId: null, tenantId: `tenant-${n}` }
}
