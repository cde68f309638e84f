import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { isWellFormedSignature, verifySignature } from './signature.ts'

/** Escaped as Meta sends it; digests made with `openssl dgst -sha256 -hmac`. */
const BODY = Buffer.from(
  String.raw`{"object":"instagram","entry":[{"id":"17841400000000001","time":1795000000500,"messaging":[{"message":{"mid":"aWdfMSG_1","text":"caf\u00e9 \ud83d\ude00 a\/b"}}]}]}`,
)
const BY_INSTAGRAM_APP = 'sha256=c3c41157b9a57a2ea9737858303e7c5a4f3547f4f84ea64d84fdffe6063d2d91'
const BY_META_APP = 'sha256=681e399b09be0f8935ff257d0278cade38a9483064c67699def1d8fa8716b09b'

const SECRETS = [
  { name: 'instagram', secret: createSecretKey(Buffer.from('ig-app-secret')) },
  { name: 'facebook', secret: 'meta-app-secret' },
]

test('the RFC 4231 vector verifies', () => {
  const header = 'sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
  const body = Buffer.from('what do ya want for nothing?')
  assert.equal(verifySignature(body, header, [{ name: 'jefe', secret: 'Jefe' }]), 'jefe')
})

test('a delivery is verified over its bytes and names the secret that signed it', () => {
  assert.equal(verifySignature(BODY, BY_INSTAGRAM_APP, SECRETS), 'instagram')
  assert.equal(verifySignature(BODY, BY_META_APP, SECRETS), 'facebook')
})

test('re-serialised JSON is other bytes and does not verify', () => {
  const reserialised = Buffer.from(JSON.stringify(JSON.parse(BODY.toString())))
  assert.equal(verifySignature(reserialised, BY_INSTAGRAM_APP, SECRETS), undefined)
})

test('one changed byte, another secret or no secret at all does not verify', () => {
  const changed = Buffer.from(BODY)
  changed[20] = 0x41
  assert.equal(verifySignature(changed, BY_INSTAGRAM_APP, SECRETS), undefined)
  assert.equal(verifySignature(BODY, BY_META_APP, SECRETS.slice(0, 1)), undefined)
  assert.equal(verifySignature(BODY, BY_META_APP, []), undefined)
})

const hex = BY_INSTAGRAM_APP.slice(7)
const MALFORMED: Record<string, string | string[] | null | undefined> = {
  missing: undefined,
  null: null,
  empty: '',
  word: 'invalid',
  'prefix alone': 'sha256=',
  'no prefix': hex,
  'SHA-1': `sha1=${hex.slice(0, 40)}`,
  'upper-case hex': `sha256=${hex.toUpperCase()}`,
  'upper-case prefix': `SHA256=${hex}`,
  short: `sha256=${hex.slice(1)}`,
  long: `sha256=${hex}0`,
  'trailing newline': `sha256=${hex}\n`,
  'leading space': ` sha256=${hex}`,
  'not hex': `sha256=${'g'.repeat(64)}`,
  'not ASCII': `sha256=${'é'.repeat(64)}`,
  'twice, as a list': [BY_INSTAGRAM_APP, BY_INSTAGRAM_APP],
  'once, as a list': [BY_INSTAGRAM_APP],
  'twice, joined': `${BY_INSTAGRAM_APP}, ${BY_INSTAGRAM_APP}`,
}

for (const [name, header] of Object.entries(MALFORMED)) {
  test(`a header that is ${name} is refused without throwing`, () => {
    assert.equal(isWellFormedSignature(header), false)
    assert.equal(verifySignature(BODY, header, SECRETS), undefined)
  })
}

test('no text at all makes the check throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), (header, body) => {
      assert.equal(verifySignature(body, header, SECRETS), undefined)
    }),
  )
})
