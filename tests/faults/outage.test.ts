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
const OUTAGE_MS = 3_000
const PER_SECOND = 60
const LINES = 5 * PER_SECOND

type Kind = 'error-body' | '613' | '429' | 'transient' | 'bare-500'

test('an outage of three seconds at Meta', async (t) => {
  const seed = seedFrom(process.env)
  t.diagnostic(`seed ${seed}`)
  await using rig = await startRig({ world, shape: 'together', echoes: true })
  for (const kind of ['error-body', '613', '429', 'transient', 'bare-500'] as const) {
    await t.test(`${kind}: nothing is lost, doubled or out of order`, async (t) => {
      await outage(t, rig, kind, seed)
    })
  }
})

async function outage(t: TestContext, rig: Rig, kind: Kind, seed: number): Promise<void> {
  await rig.standIn.clear()
  await rig.standIn.faults({ seed, outages: [{ kind, afterMs: 1_000, forMs: OUTAGE_MS }] })
  const plan = freshPlan(world)
  const result = await runLoad({
    target: rig.home.target,
    secret: APP_SECRET,
    plan,
    first: 0,
    count: LINES,
    forMs: 60_000,
    pace: { kind: 'open', perSecond: PER_SECOND, connectionsMax: 64 },
  })
  // Without a body Meta may have sent it: what was not shown needs two reads, twenty seconds apart.
  const bare = kind === 'bare-500'
  const { summary, record } = await rig.verdict(sentLines(plan, result), 180_000)
  const refused = record.attempts.filter(({ outcome }) => outcome !== 'shown').length
  const lateMs = (record.shown.at(-1)?.atMs ?? Number.POSITIVE_INFINITY) - result.endedAtMs
  t.diagnostic(
    `${refused} sends refused, reads ${JSON.stringify(record.reads)}, last answer ${Math.round(lateMs)} ms after the last line`,
  )
  assert.equal(summary, 'none', `seed ${seed}`)
  assert.ok(refused > 0, 'the outage was felt')
  // Each waiting message may be tried at once, after a second and after three, and no more.
  assert.ok(refused <= 4 * PER_SECOND * (OUTAGE_MS / 1_000), `${refused} sends refused`)
  if (!bare) assert.ok(lateMs <= 2 * OUTAGE_MS + 1_000, `recovered after ${lateMs} ms`)
}
