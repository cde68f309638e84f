import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@parley/instagram/secret.ts'
import { sql } from '#ports/database.ts'
import { formOf, signedForm } from '#testing/signed-form.ts'
import { testApps } from '#testing/test-ports.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { Json, TestConnectWorld } from '#testing/test-connect.ts'

const DEAUTHORIZE = '/webhooks/meta/deauthorize'
/** `/me.id` of lumen.chiro in the box, and of nobody. */
const LUMEN = '28978671838402973'
const CASA = '28978671838402975'

/** The last of 43 characters carries four bits of 32 bytes, and the padding may be there or not. */
function otherSpellings(signedRequest: string): string[] {
  const [signature = '', payload = ''] = signedRequest.split('.')
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const first = Math.floor(alphabet.indexOf(signature.slice(-1)) / 4) * 4
  const lasts = alphabet.slice(first, first + 4).split('')
  const same = lasts.map((last) => signature.slice(0, -1) + last)
  const all = same.flatMap((one) => [`${one}.${payload}`, `${one}=.${payload}`])
  return all.filter((one) => one !== signedRequest)
}

const tokens = async (world: TestConnectWorld): Promise<number> =>
  (
    await world.ports.db.many(
      sql`select 1 from grants where sealed_token is not null or sealed_user_token is not null`,
    )
  ).length

const actions = async (world: TestConnectWorld): Promise<string[]> =>
  (await world.audit()).map(({ action }) => action)

test('whoever removes the app loses the connection and every token at once, and again the same', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  const other = await world.connected({ tenantId: 'shop' }, { account: 'casa.verde' })
  const form = signedForm(LUMEN)
  const traced = { ...form, headers: { ...form.headers, 'x-request-id': 'asked-by-meta' } }
  const first = await world.call('POST', DEAUTHORIZE, traced)
  assert.deepEqual([first.status, first.json], [200, { success: true }])
  const gone = await world.find(id)
  assert.deepEqual([gone.status, gone.reason], ['revoked', 'deauthorized'])
  assert.equal(gone.grants[0].status, 'revoked')
  const told = await world.call('GET', '/v1/host-events?type=connection.revoked', {
    headers: world.asHost,
  })
  assert.deepEqual(
    told.json.data.map(({ data }: Json) => data.requestId),
    ['asked-by-meta'],
  )
  assert.equal(await tokens(world), 1)
  assert.equal((await world.find(other.id)).status, 'active')

  const before = await actions(world)
  assert.deepEqual(before.slice(-2), ['connection.revoked', 'meta.deauthorized'])
  assert.equal((await world.call('POST', DEAUTHORIZE, form)).status, 200)
  assert.deepEqual(await actions(world), before, 'a replay writes nothing')
  assert.equal((await world.call('POST', DEAUTHORIZE, signedForm(LUMEN))).status, 200)
  const after = await actions(world)
  assert.equal(after.filter((action) => action === 'connection.revoked').length, 1)
})

test('a request played again does not end what was connected after it', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  const form = signedForm(LUMEN)
  await world.call('POST', DEAUTHORIZE, form)
  const back = await world.connected({ connectionId: id })
  assert.deepEqual([back.id, back.status], [id, 'active'])
  assert.equal((await world.call('POST', DEAUTHORIZE, form)).status, 200)
  assert.equal((await world.find(id)).status, 'active')
})

test('nor does one whose signature is spelled differently', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  const form = signedForm(LUMEN)
  await world.call('POST', DEAUTHORIZE, form)
  await world.connected({ connectionId: id })
  const spelled = otherSpellings(new URLSearchParams(form.raw).get('signed_request') ?? '')
  assert.equal(spelled.length, 7)
  for (const request of spelled) {
    assert.equal((await world.call('POST', DEAUTHORIZE, formOf(request))).status, 200)
  }
  assert.equal((await world.find(id)).status, 'active')
})

test('a candidate that waits for its confirmation loses its token too', async () => {
  await using world = await testConnectWorld()
  await world.connected({ confirmation: 'return' })
  assert.equal(await tokens(world), 1)
  await world.call('POST', DEAUTHORIZE, signedForm(LUMEN))
  assert.equal(await tokens(world), 0)
})

test('a Facebook user who leaves ends every page of theirs, and the Instagram login beside it goes on', async () => {
  await using world = await testConnectWorld()
  const casa = await world.connected({}, { login: 'facebook', pages: ['Casa Verde'] })
  const nia = await world.connected({}, { login: 'facebook', pages: ['Studio Nia'] })
  await world.connected({ connectionId: casa.id }, { login: 'instagram', account: 'casa.verde' })
  const { user_id } = await world.ports.db.one<{ user_id: string }>(
    sql`select distinct token_user_id as user_id from grants where login = 'facebook'`,
  )
  const unsigned = await world.call('POST', DEAUTHORIZE, signedForm(user_id))
  assert.equal(unsigned.status, 200)
  assert.equal(await tokens(world), 3, 'the Instagram app’s secret says nothing of Facebook users')

  await world.call('POST', DEAUTHORIZE, signedForm(user_id, { app: 'facebook' }))
  assert.equal((await world.find(nia.id)).status, 'revoked')
  const kept = await world.find(casa.id)
  assert.equal(kept.status, 'active')
  const logins = kept.grants.map((grant: Json) => [grant.login, grant.status])
  assert.deepEqual(logins.toSorted(), [
    ['facebook', 'revoked'],
    ['instagram', 'active'],
  ])
  assert.equal(await tokens(world), 1)
  assert.ok((await actions(world)).includes('connection.grant_revoked'))

  await world.call('POST', DEAUTHORIZE, signedForm(CASA))
  assert.equal((await world.find(casa.id)).status, 'revoked')
})

test('what only the login that left allowed is told to the host', async () => {
  await using world = await testConnectWorld()
  await world.connected({}, { login: 'instagram', account: 'casa.verde' })
  await world.connected(
    {},
    { login: 'facebook', pages: ['Casa Verde'], declined: ['instagram_manage_messages'] },
  )
  const told = async (): Promise<Json[]> => {
    const path = '/v1/host-events?type=capability.changed'
    return (await world.call('GET', path, { headers: world.asHost })).json.data
  }
  assert.deepEqual(await told(), [])
  const form = signedForm(CASA)
  const traced = { ...form, headers: { ...form.headers, 'x-request-id': 'asked-by-meta' } }
  await world.call('POST', DEAUTHORIZE, traced)
  const [off, ...more] = await told()
  assert.deepEqual(more, [])
  const { capability, state, reason, requestId } = off.data
  assert.deepEqual(
    [capability, state, reason, requestId],
    ['messages', 'off', 'permission_not_granted', 'asked-by-meta'],
  )
})

test('the Meta app’s secret speaks for the Instagram app inside it', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  await world.call('POST', DEAUTHORIZE, signedForm(LUMEN, { app: 'facebook' }))
  assert.equal((await world.find(id)).status, 'revoked')
})

test('while an app secret is being changed, both sign', async () => {
  const signatureSecrets = ['new-secret', testApps.instagram.secret].map((secret) => ({
    name: 'instagram',
    secret: new Secret(secret),
  }))
  await using world = await testConnectWorld({ config: { signatureSecrets } })
  for (const secret of ['new-secret', testApps.instagram.secret]) {
    const { id } = await world.connected()
    await world.call('POST', DEAUTHORIZE, signedForm(LUMEN, { secret }))
    assert.equal((await world.find(id)).status, 'revoked')
  }
})

test('an id nobody knows, and the test button’s, are answered 200 and change nothing', async () => {
  await using world = await testConnectWorld()
  const { id, account } = await world.connected()
  for (const userId of ['999', '0', account.id]) {
    assert.equal((await world.call('POST', DEAUTHORIZE, signedForm(userId))).status, 200)
  }
  assert.equal((await world.find(id)).status, 'active')
})

test('a wrong secret, another algorithm or no form is refused with a code, one audit line, and nothing else', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  const rows = async (): Promise<unknown> => [
    await world.ports.db.many(sql`select * from grants`),
    await world.ports.db.many(sql`select * from connections`),
    await world.ports.db.many(sql`select * from signed_requests`),
    await world.ports.db.many(sql`select * from data_deletions`),
  ]
  const before = await rows()
  const right = new URLSearchParams(signedForm(LUMEN).raw).get('signed_request') ?? ''
  const [mac = '', payload = ''] = right.split('.')
  const corpus = [
    signedForm(LUMEN, { secret: 'not-the-secret' }),
    signedForm(LUMEN, { secret: testApps.instagram.secret.toUpperCase() }),
    signedForm(LUMEN, { algorithm: 'HMAC-SHA1' }),
    signedForm(LUMEN, { algorithm: 'none' }),
    formOf(''),
    formOf(`.${payload}`),
    formOf(payload),
    formOf(`${mac}.${payload}x`),
    formOf(`${mac.slice(1)}.${payload}`),
    { raw: `${signedForm(LUMEN).raw}&signed_request=x`, headers: {} },
    { raw: JSON.stringify({ signed_request: right }), headers: {} },
    { raw: '', headers: {} },
  ]
  for (const path of [DEAUTHORIZE, '/webhooks/meta/data-deletion']) {
    const lines = (await actions(world)).length
    for (const form of corpus) {
      const { status, json } = await world.call('POST', path, form)
      assert.deepEqual([status, json.code], [403, 'privacy/signed-request-invalid'], form.raw)
    }
    const added = (await actions(world)).slice(lines)
    assert.ok(added.length > 0 && added.length <= corpus.length)
    assert.ok(added.every((action) => action === 'meta.signed_request_refused'))
  }
  const huge = await world.call('POST', DEAUTHORIZE, formOf('a'.repeat(20_000)))
  assert.deepEqual([huge.status, huge.json.code], [413, 'http/too-large'])
  assert.deepEqual(await rows(), before)
  assert.equal((await world.find(id)).status, 'active')
})

test('the simulator’s own callbacks are taken', async () => {
  await using world = await testConnectWorld()
  const { id } = await world.connected()
  const posted = signedForm(LUMEN)
  assert.ok(posted.raw.length > 100)
  const { serve } = await import('@hono/node-server')
  const listening = serve({ fetch: world.server.app.fetch, port: 0, hostname: '127.0.0.1' })
  try {
    await new Promise((resolve) => listening.once('listening', resolve))
    const address = listening.address()
    assert.ok(typeof address === 'object' && address !== null)
    const url = `http://127.0.0.1:${address.port}${DEAUTHORIZE}`
    const revoked = await world.control('/deauthorize', { account: 'lumen.chiro', url })
    assert.deepEqual([revoked.status, revoked.complaint], [200, null])
    assert.equal((await world.find(id)).status, 'revoked')
    const deletion = url.replace('deauthorize', 'data-deletion')
    for (const given of [{ account: 'lumen.chiro' }, { userId: '0' }, { app: 'facebook' }]) {
      const told = await world.control('/data-deletion', { ...given, url: deletion })
      assert.deepEqual([told.status, told.complaint], [200, null])
    }
  } finally {
    listening.close()
  }
})
