import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '#ports/clock.ts'
import { GroupCommit, GroupFull } from '#ports/group-commit.ts'

const limits = { itemsMax: 3, bytesMax: 100, waitingBytesMax: 200, flushesMax: 2 }

test('a lone item is flushed at once, those that come meanwhile share the next flushes', async () => {
  const flushed: number[][] = []
  await using group = new GroupCommit<number>(limits, systemClock, async (items) => {
    flushed.push([...items])
    await sleep(5)
  })
  await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(async (item) => await group.add(item)))
  assert.deepEqual(flushed.flat(), [1, 2, 3, 4, 5, 6, 7, 8])
  assert(flushed.length <= 5 && flushed.every((items) => items.length <= 3))
})

test('no more flushes at once than allowed, and bytes are bounded too', async () => {
  let running = 0
  let most = 0
  const sizes: number[] = []
  await using group = new GroupCommit<number>(limits, systemClock, async (items) => {
    running += 1
    most = Math.max(most, running)
    sizes.push(items.length)
    await sleep(2)
    running -= 1
  })
  await Promise.all([60, 30, 30, 50, 20].map(async (bytes) => await group.add(bytes, bytes)))
  assert.equal(most, 2)
  assert(sizes.every((size) => size <= 3))
})

test('what does not fit in memory is refused, and nothing of it is kept', async () => {
  const gate = Promise.withResolvers<void>()
  const flushed: string[] = []
  await using group = new GroupCommit<string>(limits, systemClock, async (items) => {
    await gate.promise
    flushed.push(...items)
  })
  const kept = [group.add('a', 90), group.add('b', 90), group.add('c', 90), group.add('d', 90)]
  await assert.rejects(group.add('e', 90), GroupFull)
  gate.resolve()
  await Promise.all(kept)
  assert.deepEqual(flushed, ['a', 'b', 'c', 'd'])
})

test('a failed flush rejects its own items only', async () => {
  await using group = new GroupCommit<string>(
    { ...limits, itemsMax: 1 },
    systemClock,
    async ([item]) => {
      if (item === 'bad') throw new Error('no')
    },
  )
  const results = await Promise.allSettled(
    ['good', 'bad', 'fine'].map(async (item) => await group.add(item)),
  )
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})

test('it is known how many items are in hand, waiting or being written, on average since last asked', async () => {
  let nowMs = 0
  const gate = Promise.withResolvers<void>()
  await using group = new GroupCommit<string>(
    { ...limits, itemsMax: 1 },
    { monotonicMs: () => nowMs },
    async () => await gate.promise,
  )
  nowMs = 100
  assert.equal(group.meanInHand(), 0)
  const done = [group.add('a'), group.add('b')]
  nowMs = 150
  done.push(group.add('c'), group.add('d'))
  nowMs = 200
  assert.equal(group.meanInHand(), 3)
  nowMs = 300
  assert.equal(group.meanInHand(), 4)
  gate.resolve()
  await Promise.all(done)
  nowMs = 400
  assert.equal(group.meanInHand(), 0)
})
