import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '@parley/contract/app-error.ts'
import { ListQuery } from '@parley/contract/list.ts'
import { decodeCursor, encodeCursor } from '#http/cursor.ts'

test('a cursor says what it was made of, and fits the contract with the longest id', () => {
  const position = { at: new Date('2026-11-20T12:00:00.123Z'), id: 'x'.repeat(128) }
  const cursor = encodeCursor(position)
  assert.deepEqual(decodeCursor(cursor), position)
  assert.ok(ListQuery.safeParse({ cursor }).success)
})

test('anything else is refused', () => {
  const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  for (const cursor of [
    '',
    'x',
    '####',
    made(1),
    made([1]),
    made(['1', 'a']),
    made([1e300, 'a']),
    made([1, '\0']),
  ]) {
    assert.throws(
      () => decodeCursor(cursor),
      (error) => error instanceof AppError && error.code === 'http/invalid-fields',
      cursor,
    )
  }
})
