import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '#testing/pipeline.ts'
import { repeat } from './repeat.ts'
import { repeatByClock } from './repeat-by-clock.ts'

test('the work goes on after a failure, one run at a time, and ends with its disposal', async () => {
  let runs = 0
  let atOnce = 0
  const failures: unknown[] = []
  const work = async (): Promise<void> => {
    runs += 1
    atOnce += 1
    assert.equal(atOnce, 1)
    await sleep(2)
    atOnce -= 1
    if (runs === 2) throw new Error('no')
  }
  const loop = repeat(1, work, (error) => failures.push(error))
  await eventually('five runs', () => runs >= 5)
  await loop[Symbol.asyncDispose]()
  assert.equal(atOnce, 0)
  const before = runs
  await sleep(20)
  assert.equal(runs, before)
  assert.equal(failures.length, 1)
})

test('by the clock, the work runs at once, and again when so much time has passed, however the clock is moved', async () => {
  let nowMs = 1_000_000
  let runs = 0
  const work = async (): Promise<void> => {
    runs += 1
  }
  await using _ = repeatByClock({ now: () => nowMs }, 60_000, work, assert.ifError)
  await eventually('the first run', () => runs === 1)
  nowMs += 59_999
  await sleep(1500)
  assert.equal(runs, 1)
  nowMs += 1
  await eventually('the second run', () => runs === 2)
  nowMs -= 3_600_000
  await eventually('one after the clock went back', () => runs === 3)
})
