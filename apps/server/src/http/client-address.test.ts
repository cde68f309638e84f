import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAddressReader, networkOf } from './client-address.ts'

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

test('addresses of one IPv6 network are counted as one', () => {
  assert.equal(networkOf('203.0.113.9'), '203.0.113.9')
  assert.equal(networkOf('unknown'), 'unknown')
  for (const address of ['2001:db8:0:7::1', '2001:0db8:0000:0007:ffff::', '2001:db8::7:0:0:0:2']) {
    assert.equal(networkOf(address), '2001:db8:0:7::/64', address)
  }
  assert.equal(networkOf('::1'), '0:0:0:0::/64')
  assert.notEqual(networkOf('2001:db8:0:8::1'), networkOf('2001:db8:0:7::1'))
})
