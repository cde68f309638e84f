import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOAuthCallback } from './oauth-callback.ts'

const read = (query: string) => readOAuthCallback(new URLSearchParams(query))

test('a success gives the code without the fragment Meta appends', () => {
  assert.deepEqual(read('code=AQx&state=s1'), { kind: 'code', code: 'AQx', state: 's1' })
  assert.deepEqual(read('code=AQx%23_&state=s1'), { kind: 'code', code: 'AQx', state: 's1' })
  assert.deepEqual(read('code=AQx%23_%3D_&state=s1'), { kind: 'code', code: 'AQx', state: 's1' })
})

test('a cancel of either login is told apart from other errors', () => {
  const instagram =
    'error=access_denied&error_reason=user_denied&error_description=The+user+denied+your+request&state=s1'
  const facebook =
    'error_reason=user_denied&error=access_denied&error_description=Permissions+error.&state=s1'
  assert.deepEqual(read(instagram), { kind: 'denied', state: 's1' })
  assert.deepEqual(read(facebook), { kind: 'denied', state: 's1' })
  assert.deepEqual(read('error=server_error&state=s1'), { kind: 'refused', state: 's1' })
})

test('an error outweighs a code', () => {
  assert.equal(read('error=access_denied&code=AQx&state=s1').kind, 'denied')
})

test('a missing, empty, doubled or huge parameter is malformed', () => {
  const malformed = [
    '',
    'code=AQx',
    'state=s1',
    'code=&state=s1',
    'code=%23_&state=s1',
    'code=AQx&state=',
    'code=a&code=b&state=s1',
    'code=a&state=s1&state=s2',
    `code=${'a'.repeat(5000)}&state=s1`,
  ]
  for (const query of malformed) assert.deepEqual(read(query), { kind: 'malformed' }, query)
})
