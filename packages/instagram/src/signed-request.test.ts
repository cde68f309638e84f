import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readSignedRequest } from './signed-request.ts'

/** Digests made with `openssl dgst -sha256 -hmac ig-app-secret -binary`. */
const QUOTED_ID =
  'xVNdftyoSaMkuq1PN89vCwoLH6c0o2SIAoMipZHWMoA.eyJ1c2VyX2lkIjoiMjg5Nzg2NzE4Mzg0MDI5NzUiLCJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImlzc3VlZF9hdCI6MTc5NTAwMDAwMH0'
const BARE_ID =
  'Wa28hwqEGGYv_seT3KsS0SSRJyJ1oBqB2BsfRcVVa6U.eyJ1c2VyX2lkIjoyODk3ODY3MTgzODQwMjk3NSwiYWxnb3JpdGhtIjoiSE1BQy1TSEEyNTYiLCJpc3N1ZWRfYXQiOjE3OTUwMDAwMDAsImV4cGlyZXMiOjE3OTUwMDM2MDB9'
const TEST_BUTTON =
  'XUZR-sA8jon0O6fyWgjYaKLXe5z9YkqYkrA46N2OHDo.eyJ1c2VyX2lkIjoiMCIsImFsZ29yaXRobSI6IkhNQUMtU0hBMjU2IiwiaXNzdWVkX2F0IjoxNzk1MDAwMDAwfQ'
const SHA1 =
  '0KdgwRjAKUh8PnxICKnQ-0kvSJoM1atk0-zh0ijMqfM.eyJ1c2VyX2lkIjoiMSIsImFsZ29yaXRobSI6IkhNQUMtU0hBMSIsImlzc3VlZF9hdCI6MTc5NTAwMDAwMH0'
const NOT_JSON = 'fQQW7sGmJwX662fuS2QUMTMqVvquB6GgV_gpCJxMbso.bm90IGpzb24'
/** Meta's own example, secret `secret`: {"algorithm":"HMAC-SHA256","0":"payload"}. */
const NOBODY =
  'vlXgu64BQGFSQrY0ZcJBZASMvYvTHu9GQ0YM9rjPSso.eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsIjAiOiJwYXlsb2FkIn0'

const SECRETS = [
  { name: 'facebook', secret: 'secret' },
  { name: 'instagram', secret: 'ig-app-secret' },
]

test('a signed request says whom it is about and which app was meant', () => {
  assert.deepEqual(readSignedRequest(QUOTED_ID, SECRETS), {
    userId: '28978671838402975',
    issuedAtMs: 1795000000000,
    signedWith: 'instagram',
  })
})

test('an unquoted 17-digit id keeps every digit', () => {
  assert.equal(readSignedRequest(BARE_ID, SECRETS)?.userId, '28978671838402975')
})

test('the test button names user 0', () => {
  assert.equal(readSignedRequest(TEST_BUTTON, SECRETS)?.userId, '0')
})

test('padding is tolerated on the signature', () => {
  assert.ok(readSignedRequest(QUOTED_ID.replace('.', '=.'), SECRETS))
})

test('another algorithm is refused although its MAC is right', () => {
  assert.equal(readSignedRequest(SHA1, SECRETS), undefined)
})

test('a wrong secret, no user, no JSON, or a changed payload is refused', () => {
  assert.equal(readSignedRequest(QUOTED_ID, SECRETS.slice(0, 1)), undefined)
  assert.equal(readSignedRequest(NOBODY, SECRETS), undefined)
  assert.equal(readSignedRequest(NOT_JSON, SECRETS), undefined)
  assert.equal(readSignedRequest(`${QUOTED_ID}A`, SECRETS), undefined)
  const [mac] = QUOTED_ID.split('.')
  assert.equal(readSignedRequest(`${mac}.${TEST_BUTTON.split('.')[1]}`, SECRETS), undefined)
})

test('anything else is refused without throwing', () => {
  for (const value of [
    undefined,
    null,
    7,
    {},
    [],
    [QUOTED_ID],
    '',
    '.',
    'a.b',
    `${'A'.repeat(43)}.`,
  ]) {
    assert.equal(readSignedRequest(value, SECRETS), undefined)
  }
  fc.assert(fc.property(fc.anything(), (value) => readSignedRequest(value, SECRETS) === undefined))
})
