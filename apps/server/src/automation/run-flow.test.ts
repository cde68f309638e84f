import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Flow } from '@parley/contract/flow.ts'
import { clinicAutomation } from './clinic-flow.ts'
import { runFlow } from './run-flow.ts'
import { EMPTY_FLOW_STATE } from './schema.ts'
import type { Answer, FlowState, Line } from './schema.ts'

const person = { name: 'Ana', username: 'ana' }
const says = (text: string): Line => ({ text, payload: null })
const taps = (payload: string): Line => ({ text: payload, payload })

function talk(flow: Flow, turns: readonly Line[][]): Answer[] {
  let state: FlowState = EMPTY_FLOW_STATE
  return turns.map((lines) => {
    const answer = runFlow({ flow, state, lines, person })
    state = answer.state
    return answer
  })
}

const texts = (answer: Answer | undefined): string[] =>
  (answer?.parts ?? []).map((part) => part.text)

test('the clinic asks what is needed, two things more, and hands to a person with the answers', () => {
  const flow = clinicAutomation.flow
  assert(flow !== null)
  const [hi, need, reason, time] = talk(flow, [
    [says('hi')],
    [taps('new_patient')],
    [taps('Back pain')],
    [says('Tuesday after 5')],
  ])
  assert.equal(hi?.parts.length, 2)
  assert(hi?.parts[0]?.text.startsWith('Hi Ana!'))
  assert.deepEqual(
    hi?.parts[1]?.quickReplies?.map((one) => one.title),
    ['New patient', 'Existing patient', 'I have a question'],
  )
  assert.equal(need?.parts.length, 1)
  assert.equal(reason?.parts.length, 1)
  assert.equal(time?.handover, true)
  assert.deepEqual(time?.state.fields, {
    need: 'new_patient',
    reason: 'Back pain',
    preferred_time: 'Tuesday after 5',
  })
})

test('the clinic answers a question from its list, and fetches a person for others', () => {
  const flow = clinicAutomation.flow
  assert(flow !== null)
  const [, , hours] = talk(flow, [
    [says('hi')],
    [taps('question')],
    [says('What are your OPENING hours??')],
  ])
  assert(texts(hours)[0]?.includes('Monday to Friday'))
  assert.equal(hours?.handover, false)
  const [, , other] = talk(flow, [[says('hi')], [taps('question')], [says('do you treat horses')]])
  assert.equal(other?.handover, true)
})

test('what a person writes is never read as a template', () => {
  const flow: Flow = {
    version: 1,
    start: 'a',
    steps: {
      a: { type: 'ask', text: 'Name?', field: 'name', next: 'b' },
      b: {
        type: 'message',
        text: '{{fields.name}} / {{text}} / {{fields.none}} / {{nothing}}',
        next: null,
      },
    },
  }
  const [, answer] = talk(flow, [[says('x')], [says('{{person.name}} {{fields.name}} $& $1')]])
  assert.deepEqual(texts(answer), [
    '{{person.name}} {{fields.name}} $& $1 / {{person.name}} {{fields.name}} $& $1 / / {{nothing}}',
  ])
})

test('several lines are one turn; a tap among them is the answer', () => {
  const flow: Flow = {
    version: 1,
    start: 'q',
    steps: {
      q: { type: 'ask', text: '?', field: 'a', next: 'say' },
      say: { type: 'message', text: '{{fields.a}}', next: null },
    },
  }
  assert.deepEqual(texts(talk(flow, [[says('x')], [says('one'), says('two')]])[1]), ['one\ntwo'])
  assert.deepEqual(texts(talk(flow, [[says('x')], [taps('A'), says('well')]])[1]), ['A'])
})

test('a step that was removed while somebody waited in front of it begins again', () => {
  const flow: Flow = {
    version: 1,
    start: 'a',
    steps: { a: { type: 'message', text: 'hello', next: null } },
  }
  const answer = runFlow({
    flow,
    state: { step: 'gone', fields: { kept: '1' } },
    lines: [says('x')],
    person,
  })
  assert.deepEqual(texts(answer), ['hello'])
  assert.deepEqual(answer.state, { step: null, fields: { kept: '1' } })
})

test('where a name is not known the greeting has no gap', () => {
  const flow: Flow = {
    version: 1,
    start: 'greet',
    steps: {
      greet: {
        type: 'message',
        text: 'Hi {{person.name}}! {{fields.none}} ({{text}})',
        next: null,
      },
    },
  }
  const nobody = { name: null, username: null }
  const [known] = talk(flow, [[says('hello')]])
  assert.deepEqual(texts(known), ['Hi Ana! (hello)'])
  const answer = runFlow({ flow, state: EMPTY_FLOW_STATE, lines: [says('hello')], person: nobody })
  assert.deepEqual(texts(answer), ['Hi! (hello)'])
})

test('a branch on a field nobody filled in takes the way on, whatever its name', () => {
  const flow: Flow = {
    version: 1,
    start: 'b',
    steps: {
      b: {
        type: 'branch',
        on: 'fields.constructor',
        cases: [{ equals: 'x', next: null }],
        next: 'say',
      },
      say: { type: 'message', text: 'on', next: null },
    },
  }
  assert.deepEqual(texts(talk(flow, [[says('x')]])[0]), ['on'])
})
