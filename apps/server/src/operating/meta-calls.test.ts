import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { Secret } from '@parley/instagram/secret.ts'
import { signedForm } from '#testing/signed-form.ts'
import { testApp } from '#testing/test-app.ts'
import type { Answer } from '#testing/test-app.ts'
import { testApps, testConfig, testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'

const BODY = String.raw`{"object":"instagram","entry":[{"id":"1","text":"caf\u00e9 https:\/\/a.example"}]}`
const sign = (secret: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

async function openWorld(change: Parameters<typeof testConfig>[0] = {}) {
  const ports = await testPorts({ config: testConfig(change) })
  const server = testApp(ports)
  return {
    ports,
    server,
    /** One delivery with this signature; a minute later, so that each leaves its line. */
    deliver: async (signature: string | undefined, raw = BODY): Promise<Answer> => {
      ports.clock.advance(60_000)
      const headers: Record<string, string> =
        signature === undefined ? {} : { 'x-hub-signature-256': signature }
      return await testApp(ports).call('POST', '/webhooks/instagram', { raw, headers })
    },
    calls: async (query = ''): Promise<Call[]> => {
      const answer = await server.call('GET', `/v1/meta-calls${query}`, { headers: server.asHost })
      assert.equal(answer.status, 200, answer.text)
      return answer.json.data
    },
    [Symbol.asyncDispose]: async () => await ports[Symbol.asyncDispose](),
  }
}

type Call = { id: string; kind: string; outcome: string; message: string; hint: string | null }

const handshake = async (ports: TestPorts, token: string, challenge = '17'): Promise<Answer> => {
  const query = new URLSearchParams({
    'hub.mode': 'subscribe',
    'hub.verify_token': token,
    'hub.challenge': challenge,
  })
  ports.clock.advance(60_000)
  return await testApp(ports).call('GET', `/webhooks/instagram?${query.toString()}`)
}

test('a wrong signature is in the log with what is likely wrong', async () => {
  await using world = await openWorld()
  const { config } = world.ports
  const changed = JSON.stringify(JSON.parse(BODY))
  assert.notEqual(changed, BODY)
  for (const [signature, raw, message] of [
    [undefined, BODY, /had no X-Hub-Signature-256/],
    ['sha1=0000', BODY, /none that Meta makes/],
    [sign(config.webhookVerifyToken.reveal(), BODY), BODY, /signed with the verify token/],
    [sign(testApps.facebook.secret, BODY), changed, /the body was written anew/],
    [sign('of-another-app', BODY), BODY, /a secret these settings do not hold/],
  ] as const) {
    assert.equal((await world.deliver(signature, raw)).status, 401)
    const [newest] = await world.calls()
    assert.equal(newest?.outcome, 'refused')
    assert.match(newest?.message ?? '', message)
  }
  assert.equal((await world.deliver(sign(testApps.facebook.secret, BODY))).status, 200)
  const [newest] = await world.calls()
  assert.deepEqual([newest?.kind, newest?.outcome], ['delivery', 'accepted'])
})

test('with one app’s secret set, the other app’s is named as the likely one', async () => {
  const secrets = (name: string, secret: string) => [{ name, secret: new Secret(secret) }]
  for (const [name, secret, named] of [
    ['instagram', testApps.instagram.secret, /FACEBOOK_APP_SECRET\. If/],
    ['facebook', testApps.facebook.secret, /INSTAGRAM_APP_SECRET\. If/],
  ] as const) {
    await using world = await openWorld({ signatureSecrets: secrets(name, secret) })
    await world.deliver(sign('of-the-other-app', BODY))
    assert.match((await world.calls())[0]?.hint ?? '', named)
  }
})

test('a flood of wrong signatures is one line a minute', async () => {
  await using world = await openWorld()
  for (let n = 0; n < 5; n += 1) {
    await world.server.call('POST', '/webhooks/instagram', { raw: BODY })
  }
  assert.equal((await world.calls()).length, 1)
})

test('handshakes are in the log, but not the doctor’s own', async () => {
  await using world = await openWorld()
  const token = world.ports.config.webhookVerifyToken.reveal()
  assert.equal((await handshake(world.ports, 'guessed')).status, 403)
  assert.equal((await handshake(world.ports, token)).text, '17')
  assert.equal((await handshake(world.ports, token, 'parley-doctor')).status, 200)
  assert.equal((await handshake(world.ports, 'guessed', 'parley-doctor')).status, 403)
  assert.deepEqual(
    (await world.calls('?kind=handshake')).map(({ outcome }) => outcome),
    ['refused', 'accepted', 'refused'],
  )
})

test('what people do in their settings at Meta is in the log', async () => {
  await using world = await openWorld()
  const { server, ports } = world
  const post = async (path: string, form: { raw: string; headers: Record<string, string> }) => {
    ports.clock.advance(60_000)
    return await server.call('POST', path, form)
  }
  await post('/webhooks/meta/deauthorize', signedForm('0'))
  await post('/webhooks/meta/data-deletion', signedForm('0'))
  await post('/webhooks/meta/data-deletion', signedForm('0', { secret: 'of-another-app' }))
  assert.deepEqual(
    (await world.calls()).map(({ kind, outcome }) => `${kind} ${outcome}`),
    ['data_deletion refused', 'data_deletion accepted', 'deauthorize accepted'],
  )
  assert.match((await world.calls())[1]?.message ?? '', /test button/)
})

test('pages lead through deliveries and lines in order, none missing, none twice', async () => {
  await using world = await openWorld()
  for (let n = 0; n < 4; n += 1) {
    await world.deliver(sign(testApps.instagram.secret, BODY))
    // At the very same moment.
    await testApp(world.ports).call('POST', '/webhooks/instagram', { raw: BODY })
    await world.deliver(undefined)
  }
  const all = await world.calls()
  assert.equal(all.length, 12)
  const walked: string[] = []
  let cursor = ''
  do {
    const { json } = await world.server.call('GET', `/v1/meta-calls?limit=1${cursor}`, {
      headers: world.server.asHost,
    })
    walked.push(...json.data.map(({ id }: Call) => id))
    cursor = json.nextCursor === null ? '' : `&cursor=${json.nextCursor}`
  } while (cursor !== '')
  assert.deepEqual(
    walked,
    all.map(({ id }) => id),
  )
  assert.equal((await world.calls('?outcome=refused')).length, 8)
  assert.equal((await world.calls('?outcome=accepted')).length, 4)
  assert.deepEqual(await world.calls('?kind=deauthorize'), [])
})

test('the values for Meta’s dashboard, and what came from it', async () => {
  await using world = await openWorld()
  const { server, ports } = world
  const setup = async () =>
    (await server.call('GET', '/v1/doctor', { headers: server.asHost })).json
  const before = await setup()
  assert.equal(before.callbackUrl, 'http://localhost:3000/webhooks/instagram')
  assert.deepEqual(
    before.logins.map(({ redirectUri }: { redirectUri: string }) => redirectUri),
    [
      'http://localhost:3000/oauth/instagram/callback',
      'http://localhost:3000/oauth/facebook/callback',
    ],
  )
  assert.ok(before.fields.includes('messages'))
  assert.deepEqual(Object.values(before.seen), [null, null, null, null, null])
  await handshake(ports, ports.config.webhookVerifyToken.reveal())
  await world.deliver(sign(testApps.instagram.secret, BODY))
  await world.deliver(sign('the secret of another app', BODY))
  const { seen } = await setup()
  assert.ok(seen.handshake < seen.lastDelivery && seen.lastDelivery < seen.wrongSignature)
  assert.equal(seen.firstEvent, null)
})

test('the whole server is its owners’ business alone', async () => {
  await using world = await openWorld()
  const { server, ports } = world
  await server.tenant('clinic')
  const callers = {
    owner: await server.operator('owner'),
    admin: await server.operator('admin'),
    agent: await server.operator('agent'),
    ownerOfOne: await server.operator('owner', 'clinic'),
    keyOfOne: await server.key(['operate'], 'clinic'),
  }
  for (const [method, path] of [
    ['GET', '/v1/doctor'],
    ['POST', '/v1/doctor'],
    ['POST', '/v1/doctor/verify-token'],
    ['GET', '/v1/meta-calls'],
    ['GET', '/v1/encryption-keys'],
  ] as const) {
    for (const [who, headers] of Object.entries(callers)) {
      if (who === 'owner') continue
      const { json } = await server.call(method, path, { headers })
      assert.equal(json.code, who === 'agent' ? 'auth/scope-missing' : 'auth/instance-only', who)
    }
  }
  const shown = await server.call('POST', '/v1/doctor/verify-token', { headers: callers.owner })
  assert.equal(shown.json.verifyToken, ports.config.webhookVerifyToken.reveal())
  const audit = await server.call('GET', '/v1/audit-log?action=verify_token.shown', {
    headers: server.asHost,
  })
  assert.equal(audit.json.data.length, 1)
  assert.ok(!audit.text.includes(ports.config.webhookVerifyToken.reveal()))
})
