import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SentLine } from '@parley/bench/checker.ts'
import { Deliverer } from '@parley/bench/deliverer.ts'
import { bodyOf, freshPlan, lineOf } from '@parley/bench/line.ts'
import type { Line } from '@parley/bench/line.ts'
import { monotonicMs } from '@parley/bench/monotonic.ts'
import { sentLine, startRig } from '@parley/bench/rig.ts'
import type { Rig } from '@parley/bench/rig.ts'
import { seededRandom, seedFrom } from '@parley/bench/seeded-random.ts'

const world = { firstAccount: 0, accounts: 20, conversations: 400 }
const strangers = { firstAccount: 900, accounts: 5, conversations: 50 }

test('what arrives at the webhook', async (t) => {
  const seed = seedFrom(process.env)
  t.diagnostic(`seed ${seed}`)
  await using rig = await startRig({ world, shape: 'together', echoes: true })
  await t.test('signed wrongly, or not at all: it changes nothing', async () => {
    await forged(rig)
  })
  await t.test(
    'each one to five times, all at once, and again later: one answer each',
    async () => {
      await repeated(rig, seed)
    },
  )
  await t.test(
    'a thousand entries, some repeated, some foreign, one malformed: every good one is answered once',
    async () => {
      await batched(rig, seed)
    },
  )
})

async function repeated(rig: Rig, seed: number): Promise<void> {
  await rig.standIn.clear()
  using deliverer = new Deliverer(rig.home.target, 64)
  const random = seededRandom(seed)
  const plan = freshPlan(world)
  const sendLine = async (n: number): Promise<SentLine> => {
    const body = bodyOf(lineOf(plan, n), Date.now())
    const sentAtMs = monotonicMs()
    let ackedAtMs: number | undefined
    const statuses = await Promise.all(
      Array.from({ length: 1 + random.below(5) }, async () => {
        const status = await deliverer.deliver(body)
        ackedAtMs ??= monotonicMs()
        return status
      }),
    )
    assert.ok(statuses.every((status) => status === 200))
    return sentLine(plan, n, { sentAtMs, ackedAtMs })
  }
  const lines = await Promise.all(Array.from({ length: 500 }, (_, n) => n).map(sendLine))
  await rig.verdict(lines, 180_000)
  for (let n = 0; n < 500; n += 7) await deliverer.deliver(bodyOf(lineOf(plan, n), Date.now()))
  const { summary } = await rig.verdict(lines, 180_000)
  assert.equal(summary, 'none', `seed ${seed}`)
}

async function batched(rig: Rig, seed: number): Promise<void> {
  await rig.standIn.clear()
  using deliverer = new Deliverer(rig.home.target, 8)
  const random = seededRandom(seed)
  const plan = freshPlan(world)
  const foreign = freshPlan(strangers)
  const lines: SentLine[] = []
  for (let batch = 0; batch < 3; batch += 1) {
    const first = batch * 300
    const wanted = Array.from({ length: 300 }, (_, n) => lineOf(plan, first + n))
    const entries = wanted.map((line) => entryOf(line))
    while (entries.length < 700) entries.push(entryOf(wanted[random.below(300)]))
    while (entries.length < 999) entries.push(entryOf(lineOf(foreign, random.below(50))))
    entries.splice(random.below(entries.length), 0, malformed(random.below(5)))
    const body = `{"object":"instagram","entry":[${shuffled(entries, random.below).join(',')}]}`
    const sentAtMs = monotonicMs()
    const statuses = await Promise.all([deliverer.deliver(body), deliverer.deliver(body)])
    assert.deepEqual(statuses, [200, 200])
    const times = { sentAtMs, ackedAtMs: monotonicMs() }
    lines.push(...wanted.map((_, n) => sentLine(plan, first + n, times)))
  }
  const { summary } = await rig.verdict(lines, 180_000)
  assert.equal(summary, 'none', `seed ${seed}`)
}

async function forged(rig: Rig): Promise<void> {
  using deliverer = new Deliverer(rig.home.target, 8)
  const plan = freshPlan(world)
  const wrong = [
    '',
    'sha256=',
    'invalid',
    `sha256=${'0'.repeat(64)}`,
    `sha1=${'0'.repeat(40)}`,
    null,
  ]
  const lines: SentLine[] = []
  for (const [n, signature] of wrong.entries()) {
    const sentAtMs = monotonicMs()
    const status = await deliverer.deliver(bodyOf(lineOf(plan, n), Date.now()), signature)
    const ackedAtMs = status === 200 ? monotonicMs() : undefined
    lines.push({ ...sentLine(plan, n, { sentAtMs, ackedAtMs }), forged: true })
    assert.equal(status, 401, `signature ${signature}`)
  }
  const { summary } = await rig.verdict(lines, 10_000)
  assert.equal(summary, 'none')
  const [row] = await rig.query<{ stored: number }>(
    'select count(*)::int as stored from deliveries',
  )
  assert.equal(row?.stored, 0)
}

function entryOf(line: Line | undefined): string {
  if (line === undefined) throw new Error('no such line')
  const body = bodyOf(line, Date.now())
  return body.slice(body.indexOf('[') + 1, body.lastIndexOf(']'))
}

/** Entries no schema of ours knows; the body around them is still JSON. */
function malformed(which: number): string {
  const kinds = [
    'null',
    '7',
    '"entry"',
    '{"id":{},"time":"x","messaging":[null,{"sender":5}]}',
    '[]',
  ]
  return kinds[which] ?? 'null'
}

function shuffled<Item>(items: readonly Item[], below: (limit: number) => number): Item[] {
  const mixed = [...items]
  for (let n = mixed.length - 1; n > 0; n -= 1) {
    const other = below(n + 1)
    const [one, two] = [mixed[n], mixed[other]]
    // Both indexes are in range.
    mixed[n] = two as Item
    mixed[other] = one as Item
  }
  return mixed
}
