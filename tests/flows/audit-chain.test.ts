import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase, sql } from '@parley/server/ports/database.ts'
import { emptyDatabase } from '@parley/server/testing/test-database.ts'
import { eventually } from '#support/eventually.ts'
import { liveSettings } from '#support/live-settings.ts'
import { spawnParley, workFolder } from '#support/spawn-parley.ts'

const KILLS = 4

test('workers killed -9 again and again while lines are written: one chain without gap or double, told by its end', async () => {
  await using folder = workFolder()
  await using database = await emptyDatabase()
  const env = { ...liveSettings(), DATABASE_URL: database.url }
  const run = async (...args: string[]) => {
    await using parley = await spawnParley({ folder: folder.path, args, env })
    return { code: await parley.exited(), printed: parley.printed() }
  }
  const worker = async () => {
    const started = await spawnParley({ folder: folder.path, args: ['worker'], env })
    await eventually('the worker works', async () => started.printed().includes('works through'))
    return started
  }
  assert.equal((await run('migrate')).code, 0)
  await using db = openDatabase({ url: database.url, connectionsMax: 4, onError: () => undefined })
  const stop = new AbortController()
  let written = 0
  const writing = (async () => {
    while (!stop.signal.aborted) {
      written += await db.run(sql`
        insert into audit_log (at, actor, action, tenant_id)
        select clock_timestamp(), 'system', 'tested', 'lumen' from generate_series(1, 20)`)
      await sleep(20)
    }
  })()
  await using staying = await worker()
  for (let n = 0; n < KILLS; n += 1) {
    await using leaving = await worker()
    const before = await chained(db)
    await eventually('more is chained', async () => (await chained(db)) > before)
    leaving.kill('SIGKILL')
    await leaving.exited()
  }
  stop.abort()
  await writing
  await eventually('everything is chained', async () => (await chained(db)) === written)
  const { last, distinct } = await db.one<{ last: number; distinct: number }>(sql`
    select max(seq) as last, count(distinct seq) as distinct from audit_log`)
  assert.deepEqual([last, distinct], [written, written])

  const whole = await run('audit', 'verify')
  assert.equal(whole.code, 0, whole.printed)
  const end = /next time: (\S+)/.exec(whole.printed)?.[1] ?? ''
  const exported = await run('audit', 'export', '--tenant', 'lumen', '--since', '2026-01-01')
  assert.equal(exported.printed.trim().split('\n').length, written)

  await db.run(sql`delete from audit_log where seq = ${written}`)
  await db.run(sql`
    update audit_chain set count = count - 1,
      hash = (select hash from audit_log where seq = ${written - 1})`)
  assert.equal((await run('audit', 'verify')).code, 0, 'who knows the program hides the end')
  const noted = await run('audit', 'verify', '--expect', end)
  assert.deepEqual([noted.code, noted.printed.includes(`Line ${written} was deleted`)], [1, true])
  await db.run(sql`update audit_log set actor = 'nobody' where seq = 7`)
  const changed = await run('audit', 'verify', '--json')
  assert.equal(changed.code, 1)
  // Printed by the command.
  const verdict = JSON.parse(changed.printed) as { fault: { kind: string; seq: number } }
  assert.deepEqual([verdict.fault.kind, verdict.fault.seq], ['changed', 7])
  assert.equal(staying.child.exitCode, null, 'the other worker never ended')
})

async function chained(db: ReturnType<typeof openDatabase>): Promise<number> {
  const { count } = await db.one<{ count: number }>(sql`select count from audit_chain`)
  return count
}
