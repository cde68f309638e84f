import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pause } from '#child.ts'
import { findViolations } from '#checker.ts'
import { runNaive } from '#contenders.ts'
import { runLoadProcess } from '#load-client.ts'
import { sentLines } from '#sent-lines.ts'
import { startPostgres } from '#postgres.ts'
import { startStandInProcess } from '#stand-in-client.ts'
import { ANSWERING_WORLD, APP_SECRET, SILENT_WORLD } from '#world.ts'

// The whole chain (generator, stand-in, checker) would be worthless if it let a careless server pass.
test('the naive handler, under an outage and a repeating sender, is caught losing and doubling', async () => {
  await using postgres = await startPostgres()
  await using standIn = await startStandInProcess()
  const hello = { run: 'hello0', world: SILENT_WORLD }
  await using naive = await runNaive(hello, await postgres.database('naive'), standIn)
  const plan = { run: 'naive0', world: ANSWERING_WORLD }
  const load = async (first: number, count: number) =>
    await runLoadProcess({
      target: naive.target,
      secret: APP_SECRET,
      plan,
      first,
      count,
      forMs: 20_000,
      pace: { kind: 'closed', connections: 16, next: 'ack' },
    })
  const attempted = async (count: number): Promise<void> => {
    for (let waited = 0; waited < 200; waited += 1) {
      if ((await standIn.record()).attempts.length >= count) return
      await pause(50)
    }
  }
  await attempted(1)
  await standIn.clear()

  await standIn.faults({ outages: [{ afterMs: 0, forMs: 600_000, kind: 'error-body' }] })
  const during = await load(0, 100)
  await attempted(100)
  await standIn.faults({})
  const after = await load(100, 100)
  await load(100, 20)
  await attempted(220)

  const lines = [...sentLines(plan, during), ...sentLines(plan, after)]
  const found = findViolations({ lines, replies: (await standIn.record()).shown })
  const count = (kind: string): number =>
    found.filter((violation) => violation.kind === kind).length
  assert.equal(count('lost'), 100)
  assert.equal(count('doubled'), 20)
})
