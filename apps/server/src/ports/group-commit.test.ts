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

test('saturation is the share of time in which items had to wait', async () => {
  let nowMs = 0
  const gates = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ]
  let n = 0
  await using group = new GroupCommit<string>(
    { ...limits, itemsMax: 1 },
    { monotonicMs: () => nowMs },
    async () => {
      await gates[n++]?.promise
    },
  )
  const done = [group.add('a'), group.add('b')]
  nowMs = 100
  assert.equal(group.saturation(), 0)
  done.push(group.add('c'))
  nowMs = 200
  assert.equal(group.saturation(), 1)
  for (const gate of gates) gate.resolve()
  await Promise.all(done)
  nowMs = 300
  assert.equal(group.saturation(), 0)
})
