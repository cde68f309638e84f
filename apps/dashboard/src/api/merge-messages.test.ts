import { expect, test } from 'vitest'
import type { Message } from '@parley/contract/message.ts'
import { addToNewest, mergeMessages, mergeRows } from './merge-messages.ts'

const line = (id: string, text = id): Message => ({
  id,
  mid: null,
  direction: 'inbound',
  author: 'person',
  kind: 'text',
  text,
  attachments: [],
  quickReply: null,
  quickReplies: [],
  replyTo: null,
  reactions: [],
  status: 'received',
  error: null,
  at: '2026-11-20T10:00:00.000Z',
  seenAt: null,
  editedAt: null,
  deletedAt: null,
})
const ids = (messages: readonly { id: string }[]): string => messages.map(({ id }) => id).join()

test('pages that came newest first read oldest first', () => {
  expect(
    ids(mergeMessages([{ data: [line('5'), line('6')] }, { data: [line('3'), line('4')] }])),
  ).toBe('3,4,5,6')
})

test('a line that moved between two pages is shown once, as the newer page has it', () => {
  const merged = mergeMessages([
    { data: [line('2', 'new'), line('3')] },
    { data: [line('1'), line('2', 'old')] },
  ])
  expect(ids(merged)).toBe('1,2,3')
  expect(merged[1]?.text).toBe('new')
})

test('an accepted reply is put at the end of the newest page, once', () => {
  const pages = addToNewest([{ data: [line('3')] }, { data: [line('1')] }], [line('4')])
  expect(ids(mergeMessages(pages))).toBe('1,3,4')
  expect(ids(mergeMessages(addToNewest(pages, [line('4')])))).toBe('1,3,4')
})

test('nothing is added before the first page is there', () => {
  expect(addToNewest([], [line('1')])).toEqual([])
})

test('a row that moved between pages is listed once, where it stands first', () => {
  expect(
    ids(mergeRows([{ data: [{ id: 'b' }, { id: 'a' }] }, { data: [{ id: 'a' }, { id: 'c' }] }])),
  ).toBe('b,a,c')
})
