import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAllowedReturnUrl, normaliseReturnUrl } from './return-url.ts'

const tenant = { returnUrls: ['https://app.example/settings', 'http://localhost:4000/done?tab=1'] }

test('an address on the list is allowed, in any spelling that is the same address', () => {
  for (const url of [
    'https://app.example/settings',
    'HTTPS://APP.example:443/settings',
    'https://app.example/x/../settings',
    'http://localhost:4000/done?tab=1',
  ]) {
    assert.ok(isAllowedReturnUrl(tenant, url), url)
  }
})

test('nothing else is', () => {
  const corpus = [
    '',
    '/settings',
    '//evil.example',
    '//app.example/settings',
    'https:evil.example',
    'https:/app.example/settings',
    'https:///app.example/settings',
    '\\evil.example',
    'https:\\\\app.example\\settings',
    'https://app.example\\@evil.example/settings',
    'https://app.example@evil.example/settings',
    'https://user:pw@app.example/settings',
    'https://@app.example/settings',
    'https://app%2eexample/settings',
    'https://%61pp.example/settings',
    'https://app.example./settings',
    'https://аpp.example/settings',
    'https://xn--pp-7kc.example/settings',
    'https://app.example/settings\r\nLocation: https://evil.example',
    'https://app.example/settings%0d%0aLocation:x',
    'https://app.example/set\ttings',
    ' https://app.example/settings',
    'https://app.example/settings ',
    'https://app.example/settings#',
    'https://app.example/settings#/evil',
    'https://app.example/settings?x=1',
    'https://app.example/settings/',
    'https://app.example/SETTINGS',
    'https://app.example.evil.example/settings',
    'https://sub.app.example/settings',
    'https://app.example:8443/settings',
    'http://app.example/settings',
    'javascript:alert(1)//app.example/settings',
    'data:text/html,x',
    'https://*.example/settings',
    'http://127.0.0.1:4000/done?tab=1',
    'https://app.example/settings\u0000',
    'https://app.example/settings\u00a0',
  ]
  for (const url of corpus) assert.equal(isAllowedReturnUrl(tenant, url), false, url)
})

test('a list takes https, and http on loopback only', () => {
  assert.equal(normaliseReturnUrl('https://münchen.example/a'), 'https://xn--mnchen-3ya.example/a')
  assert.equal(normaliseReturnUrl('http://127.0.0.1:3000'), 'http://127.0.0.1:3000/')
  assert.equal(normaliseReturnUrl('http://[::1]:3000/x'), 'http://[::1]:3000/x')
  assert.equal(normaliseReturnUrl('http://localhost.evil.example/'), undefined)
  assert.equal(normaliseReturnUrl('http://127.0.0.1.evil.example/'), undefined)
  assert.equal(normaliseReturnUrl('http://10.0.0.1/'), undefined)
  assert.equal(normaliseReturnUrl('https://app.example:99999/'), undefined)
})
