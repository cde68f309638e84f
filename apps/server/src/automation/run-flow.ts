import assert from 'node:assert/strict'
import type { Flow, FlowStep } from '@parley/contract/flow.ts'
import type { Answer, AnswerPart, FlowState, Line } from './schema.ts'

/** More than any sound flow passes in one turn; a checked flow cannot go round. */
const STEPS_MAX = 100
/** A stored field is one answer, not an essay. */
export const FIELD_CHARACTERS_MAX = 2000

export type FlowInput = {
  readonly flow: Flow
  readonly state: FlowState
  /** What the person wrote since the last answer, oldest first. */
  readonly lines: readonly Line[]
  readonly person: { readonly name: string | null; readonly username: string | null }
}

/**
 * Runs a flow for one turn: from where the conversation waits (or from the start) to the next `ask`, `handover`,
 * `end` or open end. Pure: the same turn asked again gives the same answer.
 *
 * A waiting `ask` takes the newest tap's payload, else the turn's text, and goes on.
 */
export function runFlow(input: FlowInput): Answer {
  const { flow } = input
  const fields = { ...input.state.fields }
  const text = input.lines.map((line) => line.text ?? '').join('\n')
  const payload = input.lines.findLast((line) => line.payload !== null)?.payload ?? null
  const parts: AnswerPart[] = []
  const say = (template: string, quickReplies?: AnswerPart['quickReplies']): void => {
    const filled = fill(template, { text, fields, person: input.person }).trim()
    if (filled === '') return
    parts.push(quickReplies === undefined ? { text: filled } : { text: filled, quickReplies })
  }

  let at: string | null = flow.start
  const waiting = input.state.step === null ? undefined : stepOf(flow, input.state.step)
  if (waiting?.type === 'ask') {
    fields[waiting.field] = (payload ?? text).slice(0, FIELD_CHARACTERS_MAX)
    at = waiting.next
  }

  for (let passed = 0; at !== null; passed += 1) {
    assert(passed < STEPS_MAX, 'the flow goes round without waiting')
    const step = stepOf(flow, at)
    // A step that was removed while somebody waited in front of it: begin again next time.
    if (step === undefined) break
    if (step.type === 'ask') {
      say(step.text, step.quickReplies)
      return { parts, state: { step: at, fields }, handover: false }
    }
    if (step.type === 'handover') {
      if (step.text !== undefined) say(step.text)
      return { parts, state: { step: null, fields }, handover: true }
    }
    at = pass(step, { fields, text, say })
  }
  return { parts, state: { step: null, fields }, handover: false }
}

type Passing = {
  readonly fields: Readonly<Record<string, string>>
  readonly text: string
  readonly say: (template: string, quickReplies?: AnswerPart['quickReplies']) => void
}

/** Does what a step does without waiting, and names the next one. */
function pass(step: Exclude<FlowStep, { type: 'ask' | 'handover' }>, turn: Passing): string | null {
  switch (step.type) {
    case 'message':
      turn.say(step.text, step.quickReplies)
      return step.next
    case 'branch': {
      const field = step.on.slice('fields.'.length)
      const value = Object.hasOwn(turn.fields, field) ? (turn.fields[field] ?? '') : ''
      const found = step.cases.find((one) => plain(one.equals) === plain(value))
      return found === undefined ? step.next : found.next
    }
    case 'faq': {
      const answer = findAnswer(step.entries, turn.text)
      if (answer === undefined) return step.otherwise
      turn.say(answer)
      return step.next
    }
    case 'end':
      return null
  }
}

function stepOf(flow: Flow, name: string): FlowStep | undefined {
  return Object.hasOwn(flow.steps, name) ? flow.steps[name] : undefined
}

/** The entry whose longest phrase stands in the text as whole words; accents and case do not matter. */
function findAnswer(
  entries: readonly { readonly q: readonly string[]; readonly a: string }[],
  text: string,
): string | undefined {
  const words = ` ${plain(text)} `
  let best: { length: number; answer: string } | undefined
  for (const { q, a } of entries) {
    for (const phrase of q) {
      const wanted = plain(phrase)
      if (wanted === '' || !words.includes(` ${wanted} `)) continue
      if (best === undefined || wanted.length > best.length) {
        best = { length: wanted.length, answer: a }
      }
    }
  }
  return best?.answer
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/**
 * One pass over the template: what a person wrote is never read as a template itself. Where nothing is known, the blank
 * before it goes too: "Hi {{person.name}}!" becomes "Hi!".
 */
function fill(
  template: string,
  values: {
    readonly text: string
    readonly fields: Readonly<Record<string, string>>
    readonly person: FlowInput['person']
  },
): string {
  const valueOf = (name: string): string | undefined => {
    if (name === 'text') return values.text
    if (name === 'person.name') return values.person.name ?? values.person.username ?? ''
    if (!name.startsWith('fields.')) return undefined
    const key = name.slice('fields.'.length)
    return Object.hasOwn(values.fields, key) ? (values.fields[key] ?? '') : ''
  }
  return template.replace(/( ?)\{\{\s*([\w.]+)\s*\}\}/g, (whole, blank: string, name: string) => {
    const value = valueOf(name)
    if (value === undefined) return whole
    return value === '' ? '' : `${blank}${value}`
  })
}
