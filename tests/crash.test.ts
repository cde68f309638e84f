import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshPlan } from '@parley/bench/line.ts'
import { runLoad } from '@parley/bench/load.ts'
import { startRig } from '@parley/bench/rig.ts'
import { seededRandom, seedFrom } from '@parley/bench/seeded-random.ts'
import { sentLines } from '@parley/bench/sent-lines.ts'
import { APP_SECRET } from '@parley/bench/world.ts'

const LINES = 3_000
const world = { firstAccount: 0, accounts: 40, conversations: 800 }

for (const shape of ['apart', 'together'] as const) {
  test(`killed -9 in the middle of load and started again, ${shape}: nothing acknowledged is lost, nobody is answered twice`, async (t) => {
    const seed = seedFrom(process.env)
    t.diagnostic(`seed ${seed}`)
    const random = seededRandom(seed)
    const killAt = Math.floor(LINES * (0.4 + 0.2 * random.fraction()))
    await using rig = await startRig({ world, shape, echoes: true })
    const plan = freshPlan(world)
    let restart: Promise<void> | undefined
    const result = await runLoad(
      {
        target: rig.home.target,
        secret: APP_SECRET,
        plan,
        first: 0,
        count: LINES,
        forMs: 300_000,
        pace: { kind: 'closed', connections: 64, next: 'ack' },
        repeat: { pauseMs: 25, times: 2_000 },
      },
      (acked) => {
        if (acked >= killAt) restart ??= rig.killAndRestart()
      },
    )
    await restart
    assert.ok(restart, 'it was killed')
    assert.equal(result.sent, LINES)
    assert.ok(
      result.attempts.some((attempts) => attempts > 1),
      'the kill was felt',
    )
    assert.ok(
      result.ackedAtMs.every((atMs) => !Number.isNaN(atMs)),
      'every line is acknowledged in the end',
    )
    const { summary } = await rig.verdict(sentLines(plan, result), 240_000)
    assert.equal(summary, 'none', `seed ${seed}`)
  })
}
