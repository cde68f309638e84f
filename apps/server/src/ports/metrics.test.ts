import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMetrics } from './metrics.ts'
import { watchProcess } from './process-figures.ts'
import { watchCalls } from './watch-calls.ts'

test('counters are there at 0 before anything happens, and figures until they are taken away', async () => {
  const metrics = openMetrics()
  assert.match(await metrics.read(), /^parley_deliveries_received_total\{result="refused"\} 0$/m)
  metrics.deliveriesReceived.add(2, { result: 'refused' })
  metrics.answerSeconds.record(0.004)
  let found = 1
  const stop = metrics.look({ test_things: 'Things', test_total: 'All things' }, () => [
    { name: 'test_things', value: found, labels: { of: 'a "kind"\\' } },
    { name: 'test_total', value: found },
  ])
  const text = await metrics.read()
  assert.match(text, /^parley_deliveries_received_total\{result="refused"\} 2$/m)
  assert.match(text, /^parley_answer_seconds_bucket\{le="0.0025"\} 0$/m)
  assert.match(text, /^parley_answer_seconds_bucket\{le="0.005"\} 1$/m)
  assert.match(text, /^# TYPE test_things gauge\ntest_things\{of="a \\"kind\\"\\\\"\} 1$/m)
  assert.match(text, /^# TYPE test_total counter\ntest_total 1$/m)
  found = Number.NaN
  assert.match(await metrics.read(), /^test_things\{.*\} NaN$/m)
  stop()
  const stopFailing = metrics.look({ test_broken: 'Broken' }, () => {
    throw new Error('a bug')
  })
  await assert.rejects(metrics.read(), /figures could not be looked up/)
  stopFailing()
  found = 7
  assert.doesNotMatch(await metrics.read(), /^test_things\{.*\} 7$/m)
})

test('what Meta says of the allowance is kept per app, the fullest of ten minutes', async () => {
  const metrics = openMetrics()
  let nowMs = 0
  const watch = watchCalls(metrics, { monotonicMs: () => nowMs })
  const call = (host: 'instagram_graph' | 'facebook_graph', percent: number | undefined): void => {
    const finish = watch({ host, kind: 'messages', nodeId: '17841' })
    nowMs += 40
    finish({
      result: 'ok',
      isFailed: false,
      meters: { appPercent: percent, accountPercent: undefined },
    })
  }
  const usage = async (app: string): Promise<string | undefined> =>
    new RegExp(`^parley_meta_usage_ratio\\{app="${app}"\\} (\\S+)$`, 'm').exec(
      await metrics.read(),
    )?.[1]
  call('instagram_graph', undefined)
  assert.equal(await usage('instagram'), 'NaN')
  call('instagram_graph', 85)
  call('instagram_graph', 20)
  assert.equal(await usage('instagram'), '0.85')
  assert.equal(await usage('facebook'), 'NaN')
  call('facebook_graph', 3)
  assert.equal(await usage('facebook'), '0.03')
  nowMs += 9 * 60_000
  call('instagram_graph', 20)
  assert.equal(await usage('instagram'), '0.85')
  nowMs += 60_000
  call('instagram_graph', 20)
  assert.equal(await usage('instagram'), '0.2')
  nowMs += 11 * 60_000
  assert.equal(await usage('instagram'), 'NaN')
  const text = await metrics.read()
  assert.match(
    text,
    /^parley_meta_calls_total\{host="instagram_graph",kind="messages",result="ok"\} 5$/m,
  )
  assert.match(text, /^parley_meta_call_seconds_sum\{host="facebook_graph"\} 0\.04$/m)
})

test('the process tells of itself until it is no longer watched', async () => {
  const metrics = openMetrics()
  const watched = watchProcess(metrics)
  const first = await metrics.read()
  assert.match(first, /^process_resident_memory_bytes \d{7,}$/m)
  assert.match(first, /^# TYPE process_cpu_seconds_total counter$/m)
  watched[Symbol.dispose]()
})
