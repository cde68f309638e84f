import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSignals } from '#ports/signals.ts'
import { eventually } from '#testing/pipeline.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { renewEndpoints } from './renew-endpoints.ts'
import { wantsHostEvent } from './wants-host-event.ts'

const TYPE = 'message.received'

const make = async (ports: TestPorts, body: object = {}): Promise<string> => {
  const { call, asHost } = testApp(ports)
  const url = 'https://93.184.216.34/hook'
  const made = await call('POST', '/v1/host-endpoints', { body: { url, ...body }, headers: asHost })
  assert.equal(made.status, 201, made.text)
  return made.json.id
}

/** Knows that nobody listens. */
const learned = async (ports: TestPorts): Promise<true> =>
  await eventually('it is known that nobody listens', () => !wantsHostEvent(ports, TYPE, 'a'))

test('what is not known yet counts as wanted', async () => {
  await using ports = await testPorts()
  assert.equal(wantsHostEvent(ports, TYPE, 'a'), true)
  await learned(ports)
})

test('an endpoint made in this process counts from the answer on', async () => {
  await using ports = await testPorts()
  await learned(ports)
  const id = await make(ports)
  assert.equal(wantsHostEvent(ports, TYPE, 'a'), true)
  const { call, asHost } = testApp(ports)
  await call('DELETE', `/v1/host-endpoints/${id}`, { headers: asHost })
  await learned(ports)
})

test('an endpoint made in another process counts a moment later', async () => {
  await using ports = await testPorts()
  const signals = await openSignals(ports.db, 'another process', () => undefined)
  const other = { ...ports, signals }
  await learned(other)
  await make(ports)
  await eventually('heard of', () => wantsHostEvent(other, TYPE, 'a'))
  await signals[Symbol.asyncDispose]()
})

test('a lost signal costs two seconds at most', async () => {
  let monotonicMs = 0
  await using real = await testPorts()
  const clock = { ...real.clock, monotonicMs: () => monotonicMs }
  const signals = { ...real.signals, onHappening: () => () => undefined }
  const deaf = { ...real, clock, signals }
  await learned(deaf)
  await make(real)
  monotonicMs += 2_000
  assert.equal(wantsHostEvent(deaf, TYPE, 'a'), false)
  monotonicMs += 1
  assert.equal(wantsHostEvent(deaf, TYPE, 'a'), true)
})

test('a worker that looks each second is never in doubt, and learns without a signal', async () => {
  let monotonicMs = 0
  await using real = await testPorts()
  const clock = { ...real.clock, monotonicMs: () => monotonicMs }
  const signals = { ...real.signals, onHappening: () => () => undefined }
  const deaf = { ...real, clock, signals }
  for (; monotonicMs < 10_000; monotonicMs += 1_000) {
    await renewEndpoints(deaf)
    assert.equal(wantsHostEvent(deaf, TYPE, 'a'), false)
  }
  await make(real)
  await renewEndpoints(deaf)
  assert.equal(wantsHostEvent(deaf, TYPE, 'a'), true)
})

test('only what is asked for, and of whom, is wanted', async () => {
  await using ports = await testPorts()
  const { tenant } = testApp(ports)
  await tenant('a')
  await make(ports, { tenantId: 'a', events: ['message.sent'] })
  await learned(ports)
  await eventually('known', () => !wantsHostEvent(ports, 'message.sent', 'b'))
  assert.equal(wantsHostEvent(ports, 'message.sent', 'a'), true)
  assert.equal(wantsHostEvent(ports, 'message.failed', 'a'), false)
})
