import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAddressReader } from '#http/client-address.ts'

const read = (trusted: string[], peer: string | undefined, forwarded?: string) =>
  createAddressReader(trusted)(peer, () => forwarded)

test('without a trusted proxy the header is not believed', () => {
  assert.equal(read([], '203.0.113.7', '198.51.100.1'), '203.0.113.7')
  assert.equal(read(['10.0.0.1'], '203.0.113.7', '198.51.100.1'), '203.0.113.7')
  assert.equal(read([], undefined), 'unknown')
})

test('behind trusted proxies the last address that is none of them counts', () => {
  const trusted = ['10.0.0.0/8', '::1']
  assert.equal(read(trusted, '10.0.0.1', '198.51.100.1'), '198.51.100.1')
  assert.equal(read(trusted, '::ffff:10.0.0.1', '6.6.6.6, 198.51.100.1, 10.2.3.4'), '198.51.100.1')
  assert.equal(read(trusted, '::1', '2001:db8::7'), '2001:db8::7')
})

test('a header that is missing or made up leaves the proxy itself', () => {
  assert.equal(read(['10.0.0.1'], '10.0.0.1'), '10.0.0.1')
  assert.equal(read(['10.0.0.1'], '10.0.0.1', '<script>'), '10.0.0.1')
})
