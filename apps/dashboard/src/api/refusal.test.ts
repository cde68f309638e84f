import { expect, test } from 'vitest'
import { isWorthRepeating } from './client.ts'
import { asRefusal, readRefusal, Refusal, unreachable, unreadable } from './refusal.ts'

const problem = {
  type: '/errors/replies/window-closed',
  title: 'The 24-hour messaging window is closed',
  status: 409,
  code: 'replies/window-closed',
  hint: 'Wait until the person writes again.',
  requestId: '01J',
}

test('a problem document keeps its title, hint and code', () => {
  expect(readRefusal(409, problem).problem).toEqual(problem)
})

test.each([401, 403, 429, 500, 502])(
  'an answer %i of another shape still says what to do',
  (status) => {
    const { problem } = readRefusal(status, { message: 'nope' })
    expect(problem.status).toBe(status)
    expect(problem.title).not.toBe('')
    expect(problem.hint).not.toBe('')
  },
)

test('a page of HTML from a proxy is a refusal too', () => {
  expect(readRefusal(502, undefined)).toBeInstanceOf(Refusal)
})

test('anything thrown can be shown', () => {
  expect(asRefusal(new TypeError('x')).problem.code).toBe('dashboard/unreadable')
  const refusal = readRefusal(409, problem)
  expect(asRefusal(refusal)).toBe(refusal)
})

test('only the network and the server’s own trouble are repeated', () => {
  expect(isWorthRepeating(unreachable(new TypeError('x')))).toBe(true)
  expect(isWorthRepeating(readRefusal(503, undefined))).toBe(true)
  expect(isWorthRepeating(readRefusal(409, problem))).toBe(false)
  expect(isWorthRepeating(unreadable(new Error('x')))).toBe(false)
  expect(isWorthRepeating(new Error('x'))).toBe(false)
})
