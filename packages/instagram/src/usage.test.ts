import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMeters, readUsage } from './usage.ts'

test('the fullest meter of both headers counts', () => {
  const app = JSON.stringify({ call_count: 28, total_time: 25, total_cputime: 31 })
  const business = JSON.stringify({
    a: [{ type: 'pages', call_count: 4, total_cputime: 85, total_time: 5 }],
    b: [{ type: 'instagram', call_count: 1, estimated_time_to_regain_access: 19 }],
  })
  assert.deepEqual(readUsage({ 'x-app-usage': app }), { percent: 31, regainMinutes: 0 })
  assert.deepEqual(readUsage({ 'x-app-usage': app, 'x-business-use-case-usage': business }), {
    percent: 85,
    regainMinutes: 19,
  })
})

test('the app’s meter and the account’s are told apart', () => {
  const headers = {
    'x-app-usage': JSON.stringify({ call_count: 28 }),
    'x-business-use-case-usage': JSON.stringify({ a: [{ call_count: 4, total_time: 85 }] }),
  }
  assert.deepEqual(readMeters(headers), { appPercent: 28, accountPercent: 85 })
  assert.deepEqual(readMeters({}), { appPercent: undefined, accountPercent: undefined })
})

test('no header is no usage, and an unreadable one is nothing used', () => {
  assert.equal(readUsage({}), undefined)
  for (const header of ['', '{', 'null', '7', '[]', '{"a":[null]}']) {
    assert.deepEqual(readUsage({ 'x-app-usage': header }), { percent: 0, regainMinutes: 0 })
  }
})
