import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeSignedRequest } from './signed-request.ts'
import { encodeWebhookBody, signWebhookBody } from './webhook-body.ts'

const ESCAPED = String.raw`{"object":"instagram","entry":[{"id":"17841400000000101","time":1795000000500,"messaging":[{"message":{"text":"caf\u00e9 \ud83d\ude00 https:\/\/a.example\/b"}}]}]}`

test('a body escapes what is not ASCII in lower case, and slashes', () => {
  const entry = {
    id: '17841400000000101',
    time: 1_795_000_000_500,
    messaging: [{ message: { text: 'café 😀 https://a.example/b' } }],
  }
  assert.equal(encodeWebhookBody({ object: 'instagram', entry: [entry] }), ESCAPED)
})

test('the signature covers the escaped bytes', () => {
  // Vector made with Python: hmac.new(b'ig-secret', body, sha256).
  assert.equal(
    signWebhookBody(ESCAPED, 'ig-secret'),
    'sha256=d8cc5cdb4f7bdd6bf5cc5e29802f3043d97c036257b8fdbeeff425ee1caac229',
  )
})

test('a signed request is base64url of signature and payload, joined by a dot', () => {
  // Vector made with Python from the same payload.
  assert.equal(
    makeSignedRequest(
      { user_id: '28978671838402973', algorithm: 'HMAC-SHA256', issued_at: 1_795_000_000 },
      'ig-secret',
    ),
    '64PXlQChr_VddZMNAgVC8ZlZ5Z90-0lFHRHQP-LWIx4.eyJ1c2VyX2lkIjoiMjg5Nzg2NzE4Mzg0MDI5NzMiLCJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImlzc3VlZF9hdCI6MTc5NTAwMDAwMH0',
  )
})
