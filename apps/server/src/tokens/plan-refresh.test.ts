import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planRefresh } from './plan-refresh.ts'

const DAY_MS = 86_400_000
const issuedAtMs = Date.UTC(2026, 10, 20)

test('a thousand accounts of one minute are refreshed over days, each from its half life on', () => {
  const due = Array.from({ length: 1000 }, (_, n) =>
    planRefresh({
      connectionId: `connection ${n}`,
      issuedAtMs,
      expiry: 'known',
      expiresAtMs: issuedAtMs + 60 * DAY_MS,
    }),
  )
  const days = due.map((atMs) => ((atMs ?? 0) - issuedAtMs) / DAY_MS)
  assert.ok(Math.min(...days) >= 30)
  assert.ok(Math.max(...days) < 36.1)
  assert.equal(new Set(days.map(Math.floor)).size, 6)
})

test('the plan of one connection is the same each time', () => {
  const input = {
    connectionId: 'c',
    issuedAtMs,
    expiry: 'known',
    expiresAtMs: issuedAtMs + 60 * DAY_MS,
  } as const
  assert.equal(planRefresh(input), planRefresh(input))
})

test('never before 24 hours, at once after them without a date, and never for a page token', () => {
  const plan = (expiry: 'known' | 'never' | 'unknown', lifeMs?: number) =>
    planRefresh({
      connectionId: 'c',
      issuedAtMs,
      expiry,
      expiresAtMs: lifeMs === undefined ? undefined : issuedAtMs + lifeMs,
    })
  assert.equal(plan('known', 30 * 3_600_000), issuedAtMs + DAY_MS)
  assert.equal(plan('unknown'), issuedAtMs + DAY_MS)
  assert.equal(plan('never'), undefined)
})
