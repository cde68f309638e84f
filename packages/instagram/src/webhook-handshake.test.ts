import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHandshake } from './webhook-handshake.ts'

const GOOD = 'hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=right'
const read = (query: string, token = 'right') => readHandshake(new URLSearchParams(query), token)

test('the right token gets the challenge back byte for byte', () => {
  assert.equal(read(GOOD), '1158201444')
  assert.equal(read(GOOD.replace('1158201444', '007')), '007')
})

test('everything else is refused', () => {
  assert.equal(read(''), undefined)
  assert.equal(read(GOOD, 'wrong'), undefined)
  assert.equal(read(GOOD.replace('right', '')), undefined)
  assert.equal(read(GOOD.replace('right', ''), ''), undefined)
  assert.equal(read(GOOD.replace('subscribe', 'unsubscribe')), undefined)
  assert.equal(read(GOOD.replace('1158201444', '%3Cscript%3E')), undefined)
  assert.equal(read('hub.mode=subscribe&hub.verify_token=right'), undefined)
})
