import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findViolations } from '#checker.ts'
import { runNaive } from '#contenders.ts'
import { runLoadProcess } from '#load-client.ts'
import { sentLines } from '#measures.ts'
import { pause } from '#child.ts'
import { startPostgres } from '#postgres.ts'
import { startStandInProcess } from '#stand-in-client.ts'
import { ANSWERING_WORLD, APP_SECRET, SILENT_WORLD } from '#world.ts'

// The whole chain (generator, stand-in, checker) would be worthless if it let a careless server pass.
test('the naive handler, under an outage and a repeating sender, is caught losing and doubling', async () => {
  await using postgres = await startPostgres()
  await using standIn = await startStandInProcess()
  const hello = { run: 'hello0', world: SILENT_WORLD }
  await using naive = await runNaive(hello, await postgres.database('naive'), standIn)
  await standIn.clear()
  const plan = { run: 'naive0', world: ANSWERING_WORLD }
  await standIn.faults({ seed: 1, outages: [{ afterMs: 200, forMs: 300, kind: 'error-body' }] })
  const job = {
    target: naive.target,
    secret: APP_SECRET,
    plan,
    first: 0,
    count: 300,
    forMs: 10_000,
    pace: { kind: 'open', perSecond: 400, connectionsMax: 64 },
  } as const
  const result = await runLoadProcess(job)
  await runLoadProcess({ ...job, count: 20 })
  await pause(300)
  const { shown } = await standIn.record()
  const found = findViolations({ lines: sentLines(plan, result), replies: shown })
  const count = (kind: string): number =>
    found.filter((violation) => violation.kind === kind).length
  assert.ok(count('lost') > 50, `lost ${count('lost')}`)
  assert.equal(count('doubled'), 20)
})
