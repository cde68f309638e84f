import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEntry } from '@parley/contract/audit.ts'
import { chainAudit } from './chain-audit.ts'
import { exportAudit } from './export-audit.ts'
import { CHAIN_START, hashLine } from './hash-line.ts'
import { recordAudit } from './record-audit.ts'
import type { AuditRow } from './store.ts'
import { verifyAudit } from './verify-audit.ts'
import { sql } from '#ports/database.ts'
import type { Queryable, Statement } from '#ports/database.ts'
import { testDatabase } from '#testing/test-database.ts'
import type { TestDatabase } from '#testing/test-database.ts'

const START_MS = Date.UTC(2026, 10, 20, 12)

async function collect(lines: AsyncIterable<AuditEntry>): Promise<AuditEntry[]> {
  const all: AuditEntry[] = []
  for await (const line of lines) all.push(line)
  return all
}

/** Ten lines, a second apart, chained. */
async function tenLines(): Promise<TestDatabase> {
  const db = await testDatabase()
  for (let n = 1; n <= 10; n += 1) {
    await recordAudit(db, new Date(START_MS + n * 1000), {
      actor: 'system',
      action: `act-${n}`,
      tenantId: n % 2 === 0 ? 'even' : null,
      subjectId: 's',
      purpose: 'send',
      address: '127.0.0.1',
      requestId: 'r',
      detail: { n },
    })
  }
  await chainAudit({ db })
  return db
}

/** As somebody would who knows the program: numbers and hashes anew from line `from` on, and the head. */
async function rewrite(db: Queryable, from: number): Promise<void> {
  const rows = await db.many<AuditRow>(sql`
    select *, (extract(epoch from at) * 1000000)::bigint as at_us from audit_log order by seq`)
  let hash = rows.find(({ seq }) => seq === from - 1)?.hash ?? CHAIN_START
  await db.run(sql`update audit_log set seq = -seq where seq >= ${from}`)
  let seq = from - 1
  for (const row of rows.slice(from - 1)) {
    seq += 1
    hash = hashLine(hash, seq, row)
    await db.run(sql`update audit_log set seq = ${seq}, hash = ${hash} where id = ${row.id}`)
  }
  await db.run(sql`update audit_chain set count = ${seq}, hash = ${hash}`)
}

test('any changed field of any line is found, and the first one is named', async () => {
  await using db = await tenLines()
  assert.deepEqual((await verifyAudit(db)).fault, null)
  const changes: readonly [Statement, Statement][] = [
    [
      sql`update audit_log set actor = 'x' where seq = 4`,
      sql`update audit_log set actor = 'system' where seq = 4`,
    ],
    [
      sql`update audit_log set action = 'x' where seq = 4`,
      sql`update audit_log set action = 'act-4' where seq = 4`,
    ],
    [
      sql`update audit_log set tenant_id = null where seq = 4`,
      sql`update audit_log set tenant_id = 'even' where seq = 4`,
    ],
    [
      sql`update audit_log set subject_id = null where seq = 4`,
      sql`update audit_log set subject_id = 's' where seq = 4`,
    ],
    [
      sql`update audit_log set purpose = '' where seq = 4`,
      sql`update audit_log set purpose = 'send' where seq = 4`,
    ],
    [
      sql`update audit_log set address = 'x' where seq = 4`,
      sql`update audit_log set address = '127.0.0.1' where seq = 4`,
    ],
    [
      sql`update audit_log set request_id = 'x' where seq = 4`,
      sql`update audit_log set request_id = 'r' where seq = 4`,
    ],
    [
      sql`update audit_log set detail = '{"n": 5}' where seq = 4`,
      sql`update audit_log set detail = '{"n": 4}' where seq = 4`,
    ],
    [
      sql`update audit_log set detail = null where seq = 4`,
      sql`update audit_log set detail = '{"n": 4}' where seq = 4`,
    ],
    [
      sql`update audit_log set at = at + interval '1 microsecond' where seq = 4`,
      sql`update audit_log set at = at - interval '1 microsecond' where seq = 4`,
    ],
  ]
  for (const [change, back] of changes) {
    await db.run(change)
    await db.run(sql`update audit_log set actor = 'later' where seq = 8`)
    const { ok, head, fault } = await verifyAudit(db)
    assert.deepEqual(
      [ok, head.count, fault?.kind, fault?.seq, fault?.id],
      [false, 3, 'changed', 4, '4'],
      change.text,
    )
    await db.run(back)
    await db.run(sql`update audit_log set actor = 'system' where seq = 8`)
    assert.equal((await verifyAudit(db)).ok, true, change.text)
  }
})

test('a deleted line is named by its number: in the middle, at the beginning, at the end, all of them', async () => {
  const deletions: readonly [Statement, number][] = [
    [sql`delete from audit_log where seq = 5`, 5],
    [sql`delete from audit_log where seq = 1`, 1],
    [sql`delete from audit_log where seq > 8`, 9],
    [sql`delete from audit_log`, 1],
  ]
  for (const [deletion, seq] of deletions) {
    await using db = await tenLines()
    await db.run(deletion)
    const { ok, fault } = await verifyAudit(db)
    assert.deepEqual([ok, fault?.kind, fault?.seq], [false, 'deleted', seq], deletion.text)
  }
})

test('a line inserted with a number of its own is found, at either end and between', async () => {
  const forged = async (db: Queryable, seq: number) =>
    await db.run(sql`
      insert into audit_log (at, actor, action, seq, hash) values (now(), 'system', 'forged', ${seq}, ${CHAIN_START})`)
  for (const seq of [0, 11]) {
    await using db = await tenLines()
    await forged(db, seq)
    const { fault } = await verifyAudit(db)
    assert.deepEqual([fault?.kind, fault?.seq], ['inserted', seq])
  }
  await using db = await tenLines()
  await db.run(sql`update audit_log set seq = -seq where seq > 5`)
  await db.run(sql`update audit_log set seq = 1 - seq where seq < 0`)
  await forged(db, 6)
  const { fault } = await verifyAudit(db)
  assert.deepEqual([fault?.kind, fault?.seq, fault?.action], ['changed', 6, 'forged'])
})

test('two lines that changed places, and a line hashed anew without the rest, are found', async () => {
  await using db = await tenLines()
  await db.run(sql`update audit_log set seq = -seq where seq in (3, 4)`)
  await db.run(sql`update audit_log set seq = 7 + seq where seq < 0`)
  assert.equal((await verifyAudit(db)).fault?.seq, 3)

  await using other = await tenLines()
  await other.run(sql`update audit_log set actor = 'x' where seq = 3`)
  const rows = await other.many<AuditRow>(sql`
    select *, (extract(epoch from at) * 1000000)::bigint as at_us from audit_log where seq in (2, 3) order by seq`)
  const [before, changed] = rows
  assert.ok(before?.hash && changed)
  await other.run(
    sql`update audit_log set hash = ${hashLine(before.hash, 3, changed)} where seq = 3`,
  )
  assert.deepEqual((await verifyAudit(other)).fault?.seq, 4)
})

test('a chain rewritten to its end with its head is only found by an end noted elsewhere', async () => {
  await using db = await tenLines()
  const noted = (await verifyAudit(db)).head
  await db.run(sql`update audit_log set actor = 'x' where seq = 3`)
  await rewrite(db, 3)
  assert.equal((await verifyAudit(db)).ok, true)
  const { fault } = await verifyAudit(db, noted)
  assert.deepEqual([fault?.kind, fault?.seq], ['changed', 10])

  await db.run(sql`delete from audit_log where seq > 7`)
  await rewrite(db, 7)
  assert.equal((await verifyAudit(db)).ok, true)
  const cut = await verifyAudit(db, noted)
  assert.deepEqual([cut.fault?.kind, cut.fault?.seq], ['deleted', 8])
})

test('a head that was moved or removed is found', async () => {
  await using db = await tenLines()
  await db.run(sql`update audit_chain set hash = ${CHAIN_START}`)
  assert.equal((await verifyAudit(db)).fault?.kind, 'head')
  await db.run(sql`delete from audit_chain`)
  assert.equal((await verifyAudit(db)).fault?.kind, 'head')
})

test('a long log is walked while it grows', async () => {
  await using db = await testDatabase()
  const lines = Array.from({ length: 4_100 }, () => ({ actor: 'system', action: 'a' }))
  await recordAudit(db, new Date(START_MS), lines)
  await chainAudit({ db })
  const verifying = verifyAudit(db)
  await recordAudit(db, new Date(START_MS), lines.slice(0, 700))
  await chainAudit({ db })
  const { ok, head } = await verifying
  assert.ok(ok && head.count >= 4_100)
})

test('an export has the lines of its tenant and its time, oldest first, with number and hash', async () => {
  await using db = await tenLines()
  const all = await collect(exportAudit(db, {}))
  assert.deepEqual(
    all.map(({ seq }) => seq),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  )
  const some = exportAudit(db, {
    tenantId: 'even',
    since: new Date(START_MS + 4_000),
    until: new Date(START_MS + 8_000),
  })
  assert.deepEqual(
    (await collect(some)).map(({ action }) => action),
    ['act-4', 'act-6'],
  )
  assert.match(all[9]?.hash ?? '', /^[0-9a-f]{64}$/)
})
