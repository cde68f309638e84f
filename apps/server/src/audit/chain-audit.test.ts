import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainAudit } from './chain-audit.ts'
import { recordAudit } from './record-audit.ts'
import { verifyAudit } from './verify-audit.ts'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { testDatabase } from '#testing/test-database.ts'

const AT = new Date(Date.UTC(2026, 10, 20, 12))
const write = async (db: Queryable, count: number, action = 'tested') =>
  await recordAudit(
    db,
    AT,
    Array.from({ length: count }, (_, n) => ({ actor: 'system', action, detail: { n } })),
  )
const numbers = async (db: Queryable): Promise<(number | null)[]> => {
  const rows = await db.many<{ seq: number | null }>(sql`select seq from audit_log order by seq`)
  return rows.map(({ seq }) => seq)
}
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1)

test('the first line hashes to the fixed vector', async () => {
  await using db = await testDatabase()
  await recordAudit(db, AT, {
    actor: 'key:1',
    action: 'token.unsealed',
    tenantId: 'clinic',
    purpose: 'send',
    detail: { n: 1, a: 'é' },
  })
  await chainAudit({ db })
  // printf '%064d\n[1,1,1795176000000000,"key:1","token.unsealed","clinic",null,"send",null,null,{"a":"é","n":1}]' 0 | sha256sum
  assert.deepEqual(await db.many(sql`select seq, hash from audit_log`), [
    { seq: 1, hash: 'a3ae730a169b67b85b50a6d6bd2c63d99417ecfae4ad169b234c7283ff4b3f8f' },
  ])
})

test('a line committed late, behind larger numbers of its own, is chained when it appears', async () => {
  await using db = await testDatabase()
  await db.transaction(async (late) => {
    await write(late, 1, 'late')
    await write(db, 3)
    assert.equal(await chainAudit({ db }), 3)
  })
  assert.equal(await chainAudit({ db }), 1)
  const [late] = await db.many(sql`select id, seq from audit_log where action = 'late'`)
  assert.deepEqual(late, { id: 1, seq: 4 })
  const { ok, head, waiting } = await verifyAudit(db)
  assert.deepEqual([ok, head.count, waiting], [true, 4, 0])
})

test('what was undone leaves no gap', async () => {
  await using db = await testDatabase()
  await write(db, 2)
  const undone = db.transaction(async (on) => {
    await write(on, 5)
    throw new Error('undone')
  })
  await assert.rejects(undone, /undone/)
  await write(db, 2)
  await chainAudit({ db })
  assert.deepEqual(await numbers(db), upTo(4))
})

test('eight chainers and four writers at once: every line once, no gap', async () => {
  await using db = await testDatabase()
  const writing = new AbortController()
  const writers = Promise.all(
    upTo(4).map(async () => {
      for (let n = 0; n < 50; n += 1) await write(db, 7)
    }),
  )
  const chainers = upTo(8).map(async () => {
    while (!writing.signal.aborted) await chainAudit({ db })
  })
  await writers
  writing.abort()
  await Promise.all(chainers)
  await chainAudit({ db })
  assert.deepEqual(await numbers(db), upTo(1400))
  assert.equal((await verifyAudit(db)).ok, true)
})

test('a chainer cut off before its commit leaves nothing, and the next one goes on from the same end', async () => {
  await using db = await testDatabase()
  await write(db, 10)
  await chainAudit({ db })
  await write(db, 600)
  // Its last statement is the head's: held back by a lock, it is cut off there with all lines numbered.
  await using other = await db.session(() => undefined)
  await other.run(sql`begin`)
  await other.run(sql`lock table audit_chain in share mode`)
  const chaining = assert.rejects(chainAudit({ db }))
  for (;;) {
    const cut = await other.many(sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and wait_event_type = 'Lock'`)
    if (cut.length > 0) break
  }
  await chaining
  await other.run(sql`commit`)
  assert.equal((await verifyAudit(db)).head.count, 10)
  assert.equal(await chainAudit({ db }), 600)
  assert.deepEqual(await numbers(db), upTo(610))
})
