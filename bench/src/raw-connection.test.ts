import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAnswer } from '#raw-connection.ts'

test('an answer ends with its content length', () => {
  const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
  assert.deepEqual(parseAnswer(answer), { status: 200, closes: false })
  assert.equal(parseAnswer(answer.slice(0, -1)), 'unfinished')
  assert.equal(parseAnswer(answer.slice(0, 20)), 'unfinished')
})

test('a chunked answer ends with its empty chunk', () => {
  const head = 'HTTP/1.1 503 Service Unavailable\r\ntransfer-encoding: chunked\r\n\r\n'
  assert.deepEqual(parseAnswer(`${head}5\r\nhello\r\n0\r\n\r\n`), { status: 503, closes: false })
  assert.deepEqual(parseAnswer(`${head}0\r\n\r\n`), { status: 503, closes: false })
  assert.equal(parseAnswer(`${head}5\r\nhello\r\n`), 'unfinished')
})

test('an answer may close its connection', () => {
  const answer = 'HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
  assert.deepEqual(parseAnswer(answer), { status: 401, closes: true })
})

test('what is not HTTP is malformed', () => {
  assert.equal(parseAnswer('220 smtp\r\n\r\n'), 'malformed')
})
