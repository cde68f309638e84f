import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Circuits } from './circuits.ts'
import type { Line } from './circuits.ts'

const line = (connectionId: string): Line => ({ tenantId: 't', connectionId, host: 'instagram' })

function circuits(probe: () => Promise<boolean> = async () => true): {
  readonly it: Circuits
  readonly closed: string[][]
  readonly pass: (ms: number) => void
} & Disposable {
  let nowMs = 0
  mock.timers.enable({ apis: ['setTimeout'] })
  const closed: string[][] = []
  const it = new Circuits(
    { now: () => nowMs, monotonicMs: () => nowMs },
    { probe, onClosed: (ids) => closed.push([...ids]) },
  )
  return {
    it,
    closed,
    pass(ms) {
      nowMs += ms
      mock.timers.tick(ms)
    },
    [Symbol.dispose]() {
      it[Symbol.dispose]()
      mock.timers.reset()
    },
  }
}

/** Lets what a timer started go on. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 5; n += 1) await Promise.resolve()
}

test('three failures in a row stop a connection, and its neighbours go on', async () => {
  using c = circuits()
  c.it.failed(line('a'))
  c.it.failed(line('a'))
  c.it.answered(line('a'))
  c.it.failed(line('a'))
  c.it.failed(line('a'))
  assert.deepEqual(c.it.blocked(), [])
  c.pass(6000)
  c.it.failed(line('a'))
  assert.deepEqual(c.it.blocked(), ['a'])
  assert(!c.it.isOpen(line('b')))
  c.pass(500)
  await settle()
  assert.deepEqual(c.closed, [['a']])
  assert.deepEqual(c.it.blocked(), [])
})

test('five failures across a host within five seconds stop the host; failing probes come less often', async () => {
  let isAnswering = false
  let probes = 0
  using c = circuits(async () => {
    probes += 1
    return isAnswering
  })
  for (const id of ['a', 'b', 'c', 'd']) c.it.failed(line(id))
  assert(!c.it.isOpen(line('x')))
  c.it.failed(line('e'))
  assert(c.it.isOpen(line('x')))
  for (const pauseMs of [500, 1000, 2000, 4000, 5000, 5000]) {
    const before = probes
    c.pass(pauseMs - 1)
    await settle()
    assert.equal(probes, before)
    c.pass(1)
    await settle()
    assert.equal(probes, before + 1)
  }
  isAnswering = true
  c.pass(5000)
  await settle()
  assert(!c.it.isOpen(line('x')))
  assert.deepEqual(c.closed, [['a', 'b', 'c', 'd', 'e']])
})

test('a throttled account waits as a whole, each time twice as long until a message is taken', () => {
  using c = circuits()
  assert.equal(c.it.hold(line('a'), undefined), 1000)
  assert(c.it.isOpen(line('a')) && !c.it.isOpen(line('b')))
  c.pass(400)
  // Calls that were under way learn how long is left.
  assert.equal(c.it.hold(line('a'), undefined), 1000)
  c.pass(600)
  assert(!c.it.isOpen(line('a')))
  assert.equal(c.it.hold(line('a'), undefined), 2000)
  c.pass(2000)
  c.it.sent(line('a'))
  assert.equal(c.it.hold(line('a'), undefined), 1000)
  c.pass(1000)
  assert.equal(c.it.hold(line('a'), 90_000), 90_000)
})
