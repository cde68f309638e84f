import { expect, test } from 'vitest'
import { ago, byteSize, count, dayName, remaining, shortAge } from './time.ts'

/** Noon of a Friday, local time: the words follow the reader's own calendar. */
const now = new Date(2026, 10, 20, 12, 0)
const nowMs = now.getTime()
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const before = (ms: number): string => new Date(nowMs - ms).toISOString()

test.each([
  [0, 'now'],
  [MINUTE - 1, 'now'],
  [MINUTE, '1 min'],
  [HOUR - 1, '59 min'],
  [HOUR, '1 h'],
  [11 * HOUR, '11 h'],
  [13 * HOUR, 'Yesterday'],
  [3 * DAY, 'Tue'],
  [8 * DAY, '12 Nov'],
  [400 * DAY, '16 Oct 2025'],
  [-HOUR, 'now'],
])('an age of %i ms is told shortly as %s', (ms, words) => {
  expect(shortAge(before(ms), nowMs)).toBe(words)
})

test.each([
  [0, 'just now'],
  [5 * MINUTE, '5 minutes ago'],
  [HOUR, '1 hour ago'],
  [25 * HOUR, 'yesterday'],
  [3 * DAY, '3 days ago'],
  [40 * DAY, 'on 11 Oct 2026'],
])('an age of %i ms reads %s in a sentence', (ms, words) => {
  expect(ago(before(ms), nowMs)).toBe(words)
})

test.each([
  [0, 'less than a minute'],
  [MINUTE, '1 min'],
  [40 * MINUTE, '40 min'],
  [HOUR, '1 h'],
  [23 * HOUR + 40 * MINUTE, '23 h 40 min'],
  [DAY, '24 h'],
  [DAY + HOUR, '25 h'],
  [6 * DAY + 4 * HOUR, '6 d 4 h'],
  [2 * DAY, '2 d'],
])('%i ms are left as %s', (ms, words) => {
  expect(remaining(ms)).toBe(words)
})

test('days of a thread are named as a calendar counts them', () => {
  expect(dayName(before(11 * HOUR), nowMs)).toBe('Today')
  expect(dayName(before(13 * HOUR), nowMs)).toBe('Yesterday')
  expect(dayName(before(3 * DAY), nowMs)).toBe('Tuesday 17 November')
  expect(dayName(before(400 * DAY), nowMs)).toBe('16 Oct 2025')
})

test('counts and sizes', () => {
  expect([count(1, 'day'), count(0, 'day'), count(2, 'day')]).toEqual(['1 day', '0 days', '2 days'])
  expect([byteSize(512), byteSize(1400)]).toEqual(['512 B', '1.4 kB'])
})
