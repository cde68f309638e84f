import { expect, test } from 'vitest'
import type { Flow } from '@parley/contract/flow.ts'
import { answerWindow, windowWords } from './answer-window.ts'
import { expiryWords, isToConfirm, ownGrants } from './connection-words.ts'
import { endpointState, tellingSentence } from './endpoint-words.ts'
import { ownsServer } from './may-manage.ts'
import { orderSteps } from './order-steps.ts'
import { safeReturn } from './safe-return.ts'
import { explain, personName, retentionWords } from './words.ts'

const DAY_MS = 24 * 60 * 60_000
const nowMs = Date.parse('2026-11-20T12:00:00.000Z')
const at = (ms: number): string => new Date(nowMs + ms).toISOString()

test('the window is open until its last millisecond, then a person’s week, then closed', () => {
  const window = { openUntil: at(0), humanAgentUntil: at(6 * DAY_MS) }
  expect(answerWindow(window, nowMs - 1).state).toBe('open')
  expect(answerWindow(window, nowMs).state).toBe('human_agent')
  expect(answerWindow(window, nowMs + 6 * DAY_MS - 1).state).toBe('human_agent')
  expect(answerWindow(window, nowMs + 6 * DAY_MS).state).toBe('closed')
})

test('a window that never opened is closed', () => {
  expect(answerWindow({ openUntil: null, humanAgentUntil: null }, nowMs).state).toBe('closed')
})

test('the window is told in words', () => {
  const window = answerWindow(
    { openUntil: at(23 * 3_600_000 + 40 * 60_000), humanAgentUntil: null },
    nowMs,
  )
  expect(windowWords(window, nowMs)).toBe('Can answer for 23 h 40 min')
})

test('the end of a connection is told with its day, and promises no renewal', () => {
  const grant = { expiry: 'known' as const, expiresAt: at(60 * DAY_MS) }
  const words = expiryWords({ grants: [grant], status: 'active' }, nowMs)
  expect(words).toMatch(/, in 60 days$/)
})

test('a login that waits to be confirmed is seen, and counts for nothing before', () => {
  const grant = {
    login: 'instagram' as const,
    scopes: [],
    pageId: null,
    issuedAt: at(0),
    refreshedAt: null,
    nextRefreshAt: null,
    expiresAt: null,
    expiry: 'unknown' as const,
  }
  const lost = { ...grant, status: 'needs_reauth' as const }
  const waiting = { ...grant, status: 'pending' as const }
  expect(isToConfirm({ grants: [lost] })).toBe(false)
  expect(isToConfirm({ grants: [lost, waiting] })).toBe(true)
  expect(ownGrants({ status: 'needs_reauth', grants: [lost, waiting] })).toEqual([lost])
  expect(ownGrants({ status: 'pending', grants: [waiting] })).toEqual([waiting])
})

test('a person is called by name, else @username, else the end of the igsid', () => {
  const person = { igsid: '81234567890123', username: 'maria', name: 'Maria' }
  expect(personName(person)).toBe('Maria')
  expect(personName({ ...person, name: ' ' })).toBe('@maria')
  expect(personName({ ...person, name: null, username: null })).toBe('Person …0123')
})

test('codes have the catalogue’s words; other words and object members have none', () => {
  expect(explain('connect/denied')?.title).toBe('The permission was not given')
  expect(explain('connect/unheard-of')).toBeUndefined()
  expect(explain('toString')).toBeUndefined()
})

test.each([
  ['/inbox/v1?status=human', '/inbox/v1?status=human'],
  [undefined, '/'],
  ['https://evil.example', '/'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/sign-in?from=/sign-in', '/'],
])('after signing in from %s the page is %s', (from, to) => {
  expect(safeReturn(from)).toBe(to)
})

test('a flow is read from its start; loops end and unreachable steps come last', () => {
  const flow: Flow = {
    version: 1,
    start: 'b',
    steps: {
      lost: { type: 'end' },
      a: { type: 'message', text: 'a', next: 'b' },
      b: { type: 'branch', on: 'fields.x', cases: [{ equals: '1', next: 'c' }], next: 'a' },
      c: { type: 'end' },
    },
  }
  expect(orderSteps(flow).map(({ name }) => name)).toEqual(['b', 'c', 'a', 'lost'])
})

test('an endpoint is active, failing or disabled with its reason', () => {
  const active = { state: 'active', disabledReason: null, failingSince: null } as const
  expect(endpointState(active)).toEqual({ word: 'Active', tone: 'good', why: undefined })
  expect(endpointState({ ...active, failingSince: at(0) }).word).toBe('Failing')
  const disabled = { ...active, state: 'disabled' } as const
  expect(endpointState({ ...disabled, disabledReason: 'gone' }).why).toMatch(/410/)
  expect(endpointState({ ...disabled, disabledReason: 'by_hand' }).tone).toBe('plain')
})

test('what became of telling an endpoint is a sentence', () => {
  const telling = {
    endpointId: 'e',
    state: 'delivered',
    attempts: 1,
    lastAttemptAt: at(0),
    lastResult: '200',
    nextAttemptAt: null,
  } as const
  expect(tellingSentence(telling)).toBe('First attempt: answered 200')
  expect(tellingSentence({ ...telling, attempts: 3, lastResult: 'no_answer' })).toBe(
    '3 attempts, the last one: no answer',
  )
  expect(tellingSentence({ ...telling, attempts: 0, lastResult: null })).toBe('Not tried yet')
})

test('retention is told in days, or as for good', () => {
  const kept = (messagesDays: number | null, deliveriesDays: number | null) =>
    retentionWords({ messagesDays, deliveriesDays, mediaDays: null })
  expect(kept(null, null)).toBe('everything is kept for good')
  expect(kept(1, null)).toBe('messages are kept 1 day, deliveries for good')
})

test('the doctor is for owners of every tenant', () => {
  expect(ownsServer({ role: 'owner', allTenants: true })).toBe(true)
  expect(ownsServer({ role: 'owner', allTenants: false })).toBe(false)
  expect(ownsServer({ role: 'admin', allTenants: true })).toBe(false)
})
