import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seedFrom } from '@parley/bench/seeded-random.ts'
import { liveThroughYear } from '#support/year.ts'

test('a year: every token refreshed once when due, nobody expires unnoticed, each loss is told once', async (t) => {
  const seed = seedFrom(process.env)
  t.diagnostic(`seed ${seed}; PARLEY_TEST_SEED=${seed} repeats it`)
  const year = await liveThroughYear({
    seed,
    instagram: 24,
    facebook: 8,
    workers: 3,
    stepDays: 5,
    kills: 4,
    say: (text) => t.diagnostic(text),
  })
  t.diagnostic(JSON.stringify(year))
  const { connections, revoked, kills } = year
  // Ten to twelve refreshes of each Instagram token that stayed.
  assert.ok(year.refreshesStored > 24 * 8, `${year.refreshesStored} refreshes`)
  const unstored = year.refreshesAtMeta - year.refreshesStored
  // A worker has five calls under way when it is killed.
  assert.ok(unstored >= 0 && unstored <= kills * 5, `${unstored} tokens of Meta were not stored`)
  assert.equal(year.refreshedTwice, 0)
  assert.equal(year.expired, 0)
  assert.deepEqual(year.byStatus, { active: connections - revoked.length, revoked: revoked.length })
  assert.equal(year.lost.length, revoked.length)
  for (const { account_id: id, notices } of year.lost) assert.equal(notices, 1, id)
  // What fails for the whole app is asked with one grant at a time: three workers' first look, and the probes.
  assert.ok(year.pauses >= 1, 'the app is paused')
  assert.ok(year.callsInTrouble > 0 && year.callsInTrouble <= 150, `${year.callsInTrouble} calls`)
})
