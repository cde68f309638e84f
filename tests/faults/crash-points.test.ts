import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { pause } from '@parley/bench/child.ts'
import { freshPlan } from '@parley/bench/line.ts'
import { runLoad } from '@parley/bench/load.ts'
import { startRig } from '@parley/bench/rig.ts'
import type { Rig } from '@parley/bench/rig.ts'
import { seededRandom, seedFrom } from '@parley/bench/seeded-random.ts'
import type { SeededRandom } from '@parley/bench/seeded-random.ts'
import { sentLines } from '@parley/bench/sent-lines.ts'
import { APP_SECRET } from '@parley/bench/world.ts'
import { ANY_STATEMENT, LANE_WAY, PROMPT_WAY } from '#support/crash-points.ts'
import type { CrashPoint } from '#support/crash-points.ts'
import { statusOf } from '#support/spawn-parley.ts'

const world = { firstAccount: 0, accounts: 20, conversations: 60 }
const given = { world, echoes: true, testClock: true }
const LINES = 150
/** A point is passed at least so often in one run. */
const NTH_MAX = 3
/** For a long run more of them: `PARLEY_TEST_CRASHES=1000`. */
const RANDOM_MOMENTS = Number(process.env['PARLEY_TEST_CRASHES'] ?? 4)
/** One run has more statements. */
const STATEMENTS = 150

const ways = [
  { name: 'answered as they are stored', quietMs: 0, points: PROMPT_WAY },
  { name: 'answered by their lanes', quietMs: 60, points: LANE_WAY },
] as const

for (const { name, quietMs, points } of ways) {
  test(`lines ${name}, kill -9 at every point of their way`, async (t) => {
    const seed = seedFrom(process.env)
    t.diagnostic(`seed ${seed}`)
    const random = seededRandom(seed)
    await using rig = await startRig({ ...given, shape: 'together', quietMs })
    const clock = { offsetMs: 0 }
    for (const [point, where] of Object.entries(points)) {
      await t.test(point, async (t) => {
        await crashAt(t, rig, clock, { ...where, nth: 1 + random.below(NTH_MAX) }, seed)
      })
    }
  })
}

test(`web and worker apart, kill -9 at ${RANDOM_MOMENTS} random statements`, async (t) => {
  const seed = seedFrom(process.env)
  t.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  await using rig = await startRig({ ...given, shape: 'apart' })
  const clock = { offsetMs: 0 }
  for (let n = 0; n < RANDOM_MOMENTS; n += 1) {
    const point = { ...pick(random, ANY_STATEMENT), nth: 1 + random.below(STATEMENTS) }
    await t.test(`${point.moment} the ${point.nth}th`, async (t) => {
      await crashAt(t, rig, clock, point, seed)
    })
  }
})

const pick = <T>(random: SeededRandom, from: readonly T[]): T => {
  const one = from[random.below(from.length)]
  assert(one !== undefined)
  return one
}

async function crashAt(
  t: TestContext,
  rig: Rig,
  clock: { offsetMs: number },
  point: CrashPoint & { readonly nth: number },
  seed: number,
): Promise<void> {
  t.diagnostic(JSON.stringify(point))
  await rig.standIn.clear()
  await rig.killAndRestart({
    NODE_OPTIONS: `--import ${new URL('../support/crash-at.ts', import.meta.url).href}`,
    PARLEY_TEST_CRASH: JSON.stringify(point),
  })
  await untilUpOrDead(rig)
  const plan = freshPlan(world)
  const over = new AbortController()
  const restarted = restartOnCrash(rig, over.signal)
  const result = await runLoad({
    target: rig.home.target,
    secret: APP_SECRET,
    plan,
    first: 0,
    count: LINES,
    forMs: 60_000,
    // Slow enough for several batches even on a machine that is busy with other tests.
    pace: { kind: 'open', perSecond: 60, connectionsMax: 32 },
    repeat: { pauseMs: 25, times: 2_000 },
  })
  // The last lines may still be on their way to the point.
  setTimeout(() => over.abort(), 15_000).unref()
  const isReached = await restarted
  // A machine that is busy with others makes few and large batches of the lines: then the first pass is the one.
  if (!isReached && point.nth > 1) {
    await crashAt(t, rig, clock, { ...point, nth: 1 }, seed)
    return
  }
  assert.ok(isReached, 'the point was reached')
  assert.equal(result.sent, LINES)
  assert.ok(
    result.ackedAtMs.every((atMs) => !Number.isNaN(atMs)),
    'every line is acknowledged in the end',
  )
  const verdict = rig.verdict(sentLines(plan, result), 180_000)
  await hurry(rig, clock, verdict)
  const { summary } = await verdict
  assert.equal(summary, 'none', `seed ${seed}`)
}

/** Lines that pile up before it runs are worked in one batch, which may never pass the point. */
async function untilUpOrDead(rig: Rig): Promise<void> {
  while (!rig.parley.children.some((child) => child.exited())) {
    if ((await statusOf(`${rig.home.url}/readyz`)) === 200) return
    await pause(50)
  }
}

/** What never reached Meta is proven by two reads, twenty seconds apart: until the verdict, time passes twenty times as fast. */
async function hurry(
  rig: Rig,
  clock: { offsetMs: number },
  verdict: Promise<unknown>,
): Promise<void> {
  const over = verdict.then(() => true)
  while (!(await Promise.race([over, pause(500)]))) {
    clock.offsetMs += 10_000
    await rig.moveClock(clock.offsetMs)
  }
}

/** Whether a process was killed, and new ones started, before the time was over. */
async function restartOnCrash(rig: Rig, over: AbortSignal): Promise<boolean> {
  while (!over.aborted) {
    if (rig.parley.children.some((child) => child.exited())) {
      await rig.killAndRestart()
      return true
    }
    await pause(10)
  }
  return false
}
