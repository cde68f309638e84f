import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '#testing/pipeline.ts'
import { WakeLoop } from './wake-loop.ts'

const NEVER_MS = 3_600_000
const fail = (error: unknown): never => {
  throw error
}

test('works until there is nothing more, one run at a time', async () => {
  let left = 3
  let inHand = 0
  let most = 0
  const work = async (): Promise<boolean> => {
    inHand += 1
    most = Math.max(most, inHand)
    await sleep(5)
    inHand -= 1
    left -= 1
    return left > 0
  }
  await using loop = new WakeLoop({ pollMs: NEVER_MS, work, onError: fail })
  loop.wake()
  await eventually('all is done', () => left === 0)
  assert.equal(most, 1)
})

test('a wake during a run is not lost', async () => {
  let runs = 0
  const work = async (): Promise<boolean> => {
    runs += 1
    await sleep(10)
    return false
  }
  await using loop = new WakeLoop({ pollMs: NEVER_MS, work, onError: fail })
  loop.wake()
  await sleep(2)
  loop.wake()
  loop.wake()
  await sleep(60)
  assert.equal(runs, 2)
})

test('without a wake the poll looks', async () => {
  let runs = 0
  const work = async (): Promise<boolean> => {
    runs += 1
    return await Promise.resolve(false)
  }
  await using loop = new WakeLoop({ pollMs: 5, work, onError: fail })
  assert(!loop.isStopped)
  await eventually('two polls', () => runs >= 2)
})

test('a run that throws is reported and not hurried into again; the next wake works', async () => {
  let runs = 0
  const errors: unknown[] = []
  const work = async (): Promise<boolean> => {
    runs += 1
    await sleep(5)
    if (runs === 1) throw new Error('away')
    return false
  }
  const onError = (error: unknown): void => void errors.push(error)
  await using loop = new WakeLoop({ pollMs: NEVER_MS, work, onError })
  loop.wake()
  await sleep(1)
  loop.wake()
  await sleep(40)
  assert.equal(runs, 1)
  assert.equal(errors.length, 1)
  loop.wake()
  await sleep(40)
  assert.equal(runs, 2)
})

test('disposing waits for the run in hand, and nothing begins after it', async () => {
  let runs = 0
  let isDone = false
  const work = async (): Promise<boolean> => {
    runs += 1
    await sleep(20)
    isDone = true
    return true
  }
  const loop = new WakeLoop({ pollMs: 1, work, onError: fail })
  loop.wake()
  await loop[Symbol.asyncDispose]()
  assert(isDone)
  loop.wake()
  await sleep(20)
  assert.equal(runs, 1)
})
