import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '@parley/contract/app-error.ts'
import type { Automation } from '@parley/contract/automation.ts'
import type { Flow } from '@parley/contract/flow.ts'
import { checkAutomation } from './check-automation.ts'
import { clinicAutomation } from './clinic-flow.ts'

const withFlow = (steps: Flow['steps'], start = 'a'): Automation => ({
  ...clinicAutomation,
  flow: { version: 1, start, steps },
})

function problemsOf(automation: Automation): readonly { path: string; message: string }[] {
  try {
    checkAutomation(automation)
    return []
  } catch (error) {
    assert(error instanceof AppError)
    assert.equal(error.code, 'automation/flow-invalid')
    return error.fields ?? []
  }
}

test('the seeded clinic is sound', () => {
  assert.deepEqual(problemsOf(clinicAutomation), [])
})

test('a missing step is named with the path that leads to it', () => {
  const problems = problemsOf(
    withFlow({
      a: { type: 'branch', on: 'fields.x', cases: [{ equals: '1', next: 'nowhere' }], next: 'b' },
      b: { type: 'faq', entries: [], next: 'c', otherwise: null },
    }),
  )
  assert.deepEqual(
    problems.map((one) => one.path),
    ['flow.steps.a.cases.0.next', 'flow.steps.b.next'],
  )
  assert.deepEqual(
    problemsOf(withFlow({ a: { type: 'end' } }, 'z')).map((one) => one.path),
    ['flow.start'],
  )
  // Names of Object.prototype are no steps.
  assert.equal(
    problemsOf(withFlow({ a: { type: 'message', text: 'x', next: 'constructor' } })).length,
    1,
  )
})

test('a circle that never waits is refused, one through an ask is fine', () => {
  const circle = problemsOf(
    withFlow({
      a: { type: 'message', text: 'x', next: 'b' },
      b: { type: 'faq', entries: [], next: null, otherwise: 'a' },
    }),
  )
  assert.equal(circle.length, 1)
  assert(circle[0]?.message.includes('a → b → a'))
  assert.deepEqual(
    problemsOf(
      withFlow({
        a: { type: 'ask', text: 'x', field: 'f', next: 'b' },
        b: { type: 'message', text: 'y', next: 'a' },
      }),
    ),
    [],
  )
})

test('responders that are not there yet are refused by name', () => {
  assert.throws(
    () => checkAutomation({ ...clinicAutomation, responder: 'agent' }),
    (error) => error instanceof AppError && error.code === 'automation/responder-unavailable',
  )
  assert.throws(() => checkAutomation({ ...clinicAutomation, flow: null }), AppError)
  checkAutomation({ ...clinicAutomation, responder: null, flow: null })
})
