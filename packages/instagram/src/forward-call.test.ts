import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isForwardablePath, isReservedParameter, splitVersion } from './forward-call.ts'
import type { ActingNode } from './graph-context.ts'
import { Secret } from './secret.ts'
import { fakeMeta, parts } from './testing/fake-meta.ts'

const ACCOUNT: ActingNode = { login: 'instagram', id: '17841', token: new Secret('IGAA1') }

test('a forwarded call goes out with our token alone and comes back as Meta answered', async () => {
  const { client, asked } = fakeMeta([{ status: 400, body: '{"error":{"code":100}}' }])
  const answer = await client.forwardCall(ACCOUNT, {
    method: 'GET',
    path: '/17841/media',
    query: new URLSearchParams('fields=id'),
  })
  assert.equal(answer.status, 400)
  const pieces: Uint8Array[] = []
  for await (const piece of answer.body) pieces.push(piece)
  assert.equal(Buffer.concat(pieces).toString(), '{"error":{"code":100}}')
  assert.deepEqual(parts(asked[0]), {
    address: 'GET https://graph.instagram.com/v25.0/17841/media',
    query: { fields: 'id' },
  })
  assert.equal(asked[0]?.headers['authorization'], 'Bearer IGAA1')
})

test('a parameter that carries a token or proves one is not sent, however it is spelt', async () => {
  const { client, asked } = fakeMeta([])
  for (const name of [
    'access_token',
    'Access.Token',
    'access_token[]',
    'appsecret_proof',
    'batch',
    'method',
  ]) {
    assert.equal(isReservedParameter(name), true, name)
    const call = { method: 'GET', path: '/me', query: new URLSearchParams([[name, 'x']]) } as const
    await assert.rejects(client.forwardCall(ACCOUNT, call), TypeError)
  }
  for (const name of ['fields', 'after', '__paging_token', 'callback_url']) {
    assert.equal(isReservedParameter(name), false, name)
  }
  assert.equal(asked.length, 0)
})

test('a version that is named is taken, one that is not is ours', () => {
  assert.deepEqual(splitVersion('/v24.0/me'), { version: 'v24.0', path: '/me' })
  assert.deepEqual(splitVersion('/me/media'), { version: undefined, path: '/me/media' })
  assert.equal(isForwardablePath(splitVersion('/v24.0').path), false)
})

test('a path cannot leave the configured host and version', async () => {
  for (const path of ['/me', '/17841/media', '/aWdf%2B_1%3D%3D', '/1.2/x']) {
    assert.equal(isForwardablePath(path), true, path)
  }
  const escapes = [
    '',
    'me',
    '/',
    '//evil.example/x',
    '/../oauth',
    '/me/..',
    '/./me',
    '/me/',
    '/me?x=1',
    '/me#x',
    '/me\\x',
    '/%2e%2e/oauth',
    '/me%2f..',
    '/@evil.example',
    '/me\n',
    '/m é',
    '/a:b',
    '/oauth/access_token',
    '/refresh%5Faccess_token',
    '/debug_token',
    '/me%25',
    '/%ff',
  ]
  const { client, asked } = fakeMeta([])
  for (const path of escapes) {
    assert.equal(isForwardablePath(path), false, path)
    const call = { method: 'GET', path, query: new URLSearchParams() } as const
    await assert.rejects(client.forwardCall(ACCOUNT, call), TypeError)
  }
  assert.equal(asked.length, 0)
})
