import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { freshPlan } from '@parley/bench/line.ts'
import { runLoad } from '@parley/bench/load.ts'
import { startRig } from '@parley/bench/rig.ts'
import type { Rig } from '@parley/bench/rig.ts'
import { seedFrom } from '@parley/bench/seeded-random.ts'
import { sentLines } from '@parley/bench/sent-lines.ts'
import { APP_SECRET } from '@parley/bench/world.ts'

const world = { firstAccount: 0, accounts: 20, conversations: 200 }
const LINES = 500

test('Meta shows one message in ten, then cuts the connection', async (t) => {
  const seed = seedFrom(process.env)
  t.diagnostic(`seed ${seed}`)
  await using rig = await startRig({ world, shape: 'together', echoes: true })
  await t.test('its echo comes: each line is answered once', async (t) => {
    await lostResponses(t, rig, seed)
  })
  await rig.standIn.echoes(undefined)
  await t.test('no echo comes: each line is answered once, after a look', async (t) => {
    await lostResponses(t, rig, seed)
  })
})

async function lostResponses(t: TestContext, rig: Rig, seed: number): Promise<void> {
  await rig.standIn.clear()
  await rig.standIn.faults({ seed, lostResponse: 0.1 })
  const plan = freshPlan(world)
  const result = await runLoad({
    target: rig.home.target,
    secret: APP_SECRET,
    plan,
    first: 0,
    count: LINES,
    forMs: 60_000,
    pace: { kind: 'open', perSecond: 100, connectionsMax: 64 },
  })
  const { summary, record } = await rig.verdict(sentLines(plan, result), 180_000)
  const lost = record.attempts.filter(({ outcome }) => outcome === 'shown, answer lost').length
  const reads = (record.reads['conversations'] ?? 0) + (record.reads['node'] ?? 0)
  t.diagnostic(`${lost} answers lost, reads ${JSON.stringify(record.reads)}`)
  assert.equal(summary, 'none', `seed ${seed}`)
  assert.ok(lost > LINES / 50, `${lost} answers were lost`)
  assert.equal(record.attempts.length, record.shown.length, 'nothing was sent again')
  // Finding a conversation and reading it are the two round trips; profiles are read once a person.
  assert.ok(reads <= 2 * lost + world.conversations, `${reads} reads for ${lost} lost answers`)
}
