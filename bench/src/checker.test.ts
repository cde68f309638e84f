import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeViolations, findViolations } from '#checker.ts'
import type { History, SentLine, VisibleReply } from '#checker.ts'

const thread = { accountId: '17841400000000001', igsid: '9000000000000001' }
const other = { accountId: '17841400000000002', igsid: '9000000000000002' }
const token = (n: number): string => `abc123-${String(n).padStart(7, '0')}`

/** Line n leaves at 10 n and is acknowledged at 10 n + 5. */
function line(n: number, over: Partial<SentLine> = {}): SentLine {
  return { token: token(n), ...thread, sentAtMs: n * 10, ackedAtMs: n * 10 + 5, ...over }
}
function reply(tokens: readonly number[], over: Partial<VisibleReply> = {}): VisibleReply {
  return { ...thread, text: tokens.map((n) => `${token(n)} hello`).join('\n'), atMs: 100, ...over }
}
function kinds(history: History): string[] {
  return findViolations(history).map((found) => `${found.invariant} ${found.kind} ${found.token}`)
}

test('a run in which every line is answered once, in order, has no violations', () => {
  assert.deepEqual(
    kinds({ lines: [line(1), line(2), line(3)], replies: [reply([1]), reply([2, 3])] }),
    [],
  )
})

test('an acknowledged line without an answer is lost', () => {
  assert.deepEqual(kinds({ lines: [line(1), line(2)], replies: [reply([2])] }), [
    `I1 lost ${token(1)}`,
  ])
})

test('a line that was never acknowledged may be answered once or not at all', () => {
  const lines = [line(1, { ackedAtMs: undefined }), line(2, { ackedAtMs: undefined })]
  assert.deepEqual(kinds({ lines, replies: [reply([2])] }), [])
  assert.deepEqual(kinds({ lines, replies: [reply([2]), reply([2])] }), [`I1 doubled ${token(2)}`])
})

test('a line in two answers, or twice in one, is doubled', () => {
  assert.deepEqual(kinds({ lines: [line(1)], replies: [reply([1]), reply([1])] }), [
    `I1 doubled ${token(1)}`,
  ])
  assert.deepEqual(kinds({ lines: [line(1)], replies: [reply([1, 1])] }), [
    `I1 doubled ${token(1)}`,
  ])
})

test('a line with a human for a reason is not lost, but must not be answered too', () => {
  const withHuman = new Map([[token(1), 'replies/outcome-unknown']])
  assert.deepEqual(kinds({ lines: [line(1)], replies: [], withHuman }), [])
  assert.deepEqual(kinds({ lines: [line(1)], replies: [reply([1])], withHuman }), [
    `I1 answered and with a human ${token(1)}`,
  ])
})

test('an answer in another thread is misrouted and its line is lost', () => {
  assert.deepEqual(kinds({ lines: [line(1)], replies: [reply([1], other)] }), [
    `I1 misrouted ${token(1)}`,
    `I1 lost ${token(1)}`,
  ])
})

test('an answer to a line nobody sent is invented', () => {
  assert.deepEqual(kinds({ lines: [], replies: [reply([9])] }), [`I1 invented ${token(9)}`])
})

test('an answer that overtakes the answer of an earlier acknowledged line is out of order', () => {
  assert.deepEqual(kinds({ lines: [line(1), line(2)], replies: [reply([2]), reply([1])] }), [
    `I2 out of order ${token(1)}`,
  ])
  assert.deepEqual(kinds({ lines: [line(1), line(2)], replies: [reply([2, 1])] }), [
    `I2 out of order ${token(1)}`,
  ])
  const three = [line(1), line(2), line(3)]
  assert.deepEqual(kinds({ lines: three, replies: [reply([3]), reply([1]), reply([2])] }), [
    `I2 out of order ${token(1)}`,
    `I2 out of order ${token(2)}`,
  ])
})

test('lines in flight together have no order; one millisecond apart they have', () => {
  const replies = [reply([2]), reply([1])]
  assert.deepEqual(kinds({ lines: [line(1, { ackedAtMs: 20 }), line(2)], replies }), [])
  assert.deepEqual(kinds({ lines: [line(1, { ackedAtMs: 19 }), line(2)], replies }), [
    `I2 out of order ${token(1)}`,
  ])
  assert.deepEqual(kinds({ lines: [line(1, { ackedAtMs: undefined }), line(2)], replies }), [])
})

test('threads are ordered each for itself', () => {
  const lines = [line(1), line(2, other)]
  assert.deepEqual(kinds({ lines, replies: [reply([2], other), reply([1])] }), [])
})

test('a forged line must be neither acknowledged nor answered', () => {
  const refused = line(1, { forged: true, ackedAtMs: undefined })
  assert.deepEqual(kinds({ lines: [refused], replies: [] }), [])
  assert.deepEqual(kinds({ lines: [line(1, { forged: true })], replies: [] }), [
    `I3 forged line acknowledged ${token(1)}`,
  ])
  assert.deepEqual(kinds({ lines: [refused], replies: [reply([1])] }), [
    `I3 forged line answered ${token(1)}`,
  ])
})

test('violations are counted by kind and the first is told in full', () => {
  assert.equal(describeViolations([]), 'none')
  const found = findViolations({ lines: [line(1), line(2)], replies: [reply([2]), reply([2])] })
  assert.match(describeViolations(found), /^1 lost, 1 doubled; first: abc123-0000001 lost, /)
})
