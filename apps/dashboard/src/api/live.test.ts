import { expect, test } from 'vitest'
import { staleAfter } from './live.ts'

test('a conversation’s event makes its lines, its head and the lists stale', () => {
  const stale = staleAfter({ kind: 'conversation', id: 'v1', connectionId: 'c1' })
  expect(stale).toEqual([['conversations'], ['conversation', 'v1'], ['messages', 'v1']])
})

test('a connection’s and a delivery’s event leave conversations alone', () => {
  const kinds = ['connection', 'delivery'] as const
  const stale = kinds.flatMap((kind) => staleAfter({ kind, id: 'x', connectionId: null }))
  expect(stale.some(([name]) => name === 'conversations' || name === 'messages')).toBe(false)
})

test('a call of Meta’s makes the doctor’s log stale, and what was examined stays', () => {
  const stale = staleAfter({ kind: 'meta_call', id: 'meta', connectionId: null })
  expect(stale).toEqual([['setup'], ['metaCalls']])
})
