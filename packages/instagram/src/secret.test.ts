import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import { Secret } from './secret.ts'

test('a secret shows itself to nobody who does not ask', () => {
  const secret = new Secret('IGAAsecret')
  const shown = [
    String(secret),
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true, depth: 9 }),
    format('%s %o %j', secret, secret, secret),
    Object.values(secret).join(),
  ]
  assert.ok(shown.every((text) => !text.includes('IGAA')))
  assert.equal(secret.reveal(), 'IGAAsecret')
})
