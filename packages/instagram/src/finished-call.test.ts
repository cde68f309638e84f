import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BegunCall, FinishedCall } from './finished-call.ts'
import { kindOfPath } from './finished-call.ts'
import { HttpFailure } from './http-port.ts'
import { Secret } from './secret.ts'
import { fakeMeta } from './testing/fake-meta.ts'
import type { FakeAnswer } from './testing/fake-meta.ts'

const usage = { 'x-app-usage': '{"call_count":81}' }
const ME = { user_id: '17841477965412211', username: 'lumen', id: '2', account_type: 'BUSINESS' }
const TOKEN = new Secret('IGAA1')

/** A client, and what its watch was told. */
function watched(answers: readonly (FakeAnswer | Error)[]) {
  const told: (BegunCall & FinishedCall)[] = []
  const { client } = fakeMeta(answers, {
    watchCall: (call) => (end) => void told.push({ ...call, ...end }),
  })
  return { client, told }
}

test('every call is told once, with what its answer means and what Meta says of the allowance', async () => {
  const dead = { error: { message: 'x', code: 190, error_subcode: 460 } }
  const { client, told } = watched([
    { body: ME, headers: usage },
    { status: 400, body: dead, headers: usage },
    // An error in an answer that says 200 is one all the same.
    { body: { error: { message: 'x', code: 4 } } },
    { status: 502, body: '<html>' },
    new HttpFailure('not_connected'),
  ])
  await client.readInstagramAccount(TOKEN)
  for (let n = 0; n < 4; n += 1) await assert.rejects(client.readInstagramAccount(TOKEN))
  const call = { host: 'instagram_graph', kind: 'me', nodeId: undefined }
  const full = { appPercent: 81, accountPercent: undefined }
  const none = { appPercent: undefined, accountPercent: undefined }
  assert.deepEqual(told, [
    { ...call, result: 'ok', isFailed: false, meters: full },
    { ...call, result: 'needs_reauth', isFailed: true, meters: full },
    { ...call, result: 'throttled', isFailed: true, meters: none },
    { ...call, result: 'unknown_outcome', isFailed: true, meters: none },
    { ...call, result: 'transient', isFailed: true, meters: none },
  ])
})

test('a forwarded call is told by its status, a code by the host that takes it', async () => {
  const { client, told } = watched([
    { body: {} },
    { status: 404, body: {} },
    { status: 429, body: {} },
    new HttpFailure('after_sent'),
    { body: { access_token: 'IGAA2', user_id: 3 } },
    { body: { access_token: 'EAA2' } },
  ])
  const node = { login: 'facebook', id: '1', token: TOKEN } as const
  const call = { method: 'GET', path: '/1/media', query: new URLSearchParams() } as const
  for (let n = 0; n < 3; n += 1) await client.forwardCall(node, call)
  await assert.rejects(client.forwardCall(node, call))
  await client.exchangeInstagramCode({ code: 'c', redirectUri: 'https://a.example/' })
  await client.exchangeFacebookCode({ code: 'c', redirectUri: 'https://a.example/' })
  assert.deepEqual(
    told.map(({ host, kind, result }) => `${host} ${kind} ${result}`),
    [
      'facebook_graph forwarded ok',
      'facebook_graph forwarded refused',
      'facebook_graph forwarded throttled',
      'facebook_graph forwarded unknown_outcome',
      'instagram_api token ok',
      'facebook_graph token ok',
    ],
  )
})

test('the kind of a call is a word, whatever ids are in its path', () => {
  assert.equal(kindOfPath('/17841477965412210/messages'), 'messages')
  assert.equal(kindOfPath('/me'), 'me')
  assert.equal(kindOfPath('/refresh_access_token'), 'token')
  assert.equal(kindOfPath('/aWdfZG1faXRlbToxOklH'), 'object')
  assert.equal(kindOfPath('/17841477965412210/constructor'), 'object')
})
