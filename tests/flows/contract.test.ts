import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { Connection } from '@parley/contract/connection.ts'
import type { Conversation } from '@parley/contract/conversation.ts'
import type { Delivery } from '@parley/contract/delivery.ts'
import type { DoctorReport, MetaSetup } from '@parley/contract/doctor.ts'
import type { EncryptionKeys } from '@parley/contract/encryption-keys.ts'
import type { ImportReport } from '@parley/contract/import.ts'
import type { MetaCall } from '@parley/contract/meta-call.ts'
import type { Message } from '@parley/contract/message.ts'
import { StreamEvent } from '@parley/contract/stream.ts'
import { ApiClient } from '#support/api-client.ts'
import { connectAccount } from '#support/connect-over-http.ts'
import { startDemo } from '#support/demo.ts'
import type { Demo } from '#support/demo.ts'
import { eventually } from '#support/eventually.ts'
import { fillPath, isProblem, nameOf, Published, publishedRoutes } from '#support/published.ts'
import { hostReceiver } from '@parley/server/testing/host-receiver.ts'
import { testDatabase } from '@parley/server/testing/test-database.ts'

const ACCOUNT = 'lumen.chiro'
const JWT_SECRET = 'the-secret-a-host-signs-its-users-with'
const APP_SECRET = 'the-secret-of-an-instagram-app'
const VERIFY_TOKEN = 'the-verify-token'
const PASSWORD = 'a-long-password-1'
const NOBODY = randomUUID()

test('the published API', async (t) => {
  await using database = await testDatabase()
  await using receiver = await hostReceiver()
  await using demo = await startDemo({
    HOST_PRIVATE_TARGETS: receiver.target,
    DATABASE_URL: database.url,
    HOST_JWT_SECRET: JWT_SECRET,
    INSTAGRAM_APP_SECRET: APP_SECRET,
    INSTAGRAM_WEBHOOK_VERIFY_TOKEN: VERIFY_TOKEN,
    PARLEY_LOG_LEVEL: 'error',
  })
  const { api, simulator } = demo
  const published = new Published()
  const anybody = new ApiClient(demo.url)
  const connectionId = await connectAccount(demo, 'lumen', ACCOUNT)
  await simulator.write('ana', ACCOUNT, 'hello')
  const conversationId = await eventually('the conversation', async () => {
    const list = await api.take<{ data: Conversation[] }>('GET', '/v1/conversations')
    return list.data[0]?.id
  })

  await t.test('tenants', async () => {
    const name = 'PUT /v1/tenants/{tenantId}'
    const params = { tenantId: 'clinic:7@host' }
    const body = { name: 'Clinic 7', returnUrls: [`${demo.url}/back`], timezone: 'Europe/Madrid' }
    await published.answers(api, name, 201, { params, body })
    await published.answers(api, name, 200, { params, body })
    const list = 'GET /v1/tenants'
    const first = await published.answers<Page<{ id: string }>>(api, list, 200, {
      query: { limit: '1' },
    })
    assert.deepEqual(ids(first), ['clinic:7@host'])
    const second = await published.answers<Page<{ id: string }>>(api, list, 200, {
      query: { limit: '1', cursor: first.nextCursor ?? '' },
    })
    assert.deepEqual(ids(second), ['lumen'])
    assert.equal(second.nextCursor, null)
    await published.answers(api, 'GET /v1/tenants/{tenantId}', 200, { params })

    const wrong = await published.refuses(api, name, 'http/invalid-fields', {
      params,
      body: { returnUrls: 'none' },
    })
    assert.deepEqual(wrong.fields?.map(({ path }) => path).toSorted(), ['name', 'returnUrls'])
    await published.refuses(api, name, 'tenants/return-url-invalid', {
      params,
      body: { ...body, returnUrls: ['https://*.example/'] },
    })
    await published.refuses(api, list, 'http/invalid-fields', { query: { limit: '101' } })
    await published.refuses(api, list, 'http/invalid-fields', { query: { cursor: 'made-up' } })
  })

  await t.test('connecting', async () => {
    const make = 'POST /v1/connect-sessions'
    const params = { id: '' }
    const asked = { tenantId: 'lumen', login: 'instagram' }
    const session = await published.answers<{ id: string }>(api, make, 201, { body: asked })
    params.id = session.id
    await published.answers(api, 'DELETE /v1/connect-sessions/{id}', 204, { params })
    await published.answers(api, 'GET /v1/instagram/connect', 200, {
      query: { tenantId: 'lumen', capabilities: 'messages,comments' },
      headers: { accept: 'application/json' },
    })
    for (const [body, code] of [
      [{ ...asked, returnUrl: 'https://evil.example/' }, 'connect/return-url-not-allowed'],
      [{ ...asked, tenantId: 'nobody' }, 'tenants/not-found'],
      [{ ...asked, connectionId: NOBODY }, 'connections/not-found'],
      [{ ...asked, login: 'threads' }, 'http/invalid-fields'],
    ] as const) {
      await published.refuses(api, make, code, { body })
    }
  })

  await t.test('both callbacks lead back, and a candidate is confirmed once', async () => {
    const jwt = new ApiClient(demo.url, signUser('clinic:7@host'))
    for (const [login, choice] of [
      ['instagram', { account: 'studio.nia' }],
      ['facebook', { pages: ['Casa Verde'] }],
    ] as const) {
      const session = await published.answers<{ url: string }>(
        jwt,
        'POST /v1/connect-sessions',
        201,
        { body: { login } },
      )
      // Straight to Meta: the tenant's own page has already said what this is.
      const leaving = await anybody.call('GET', new URL(session.url).pathname)
      assert.equal(leaving.status, 302)
      const cookie = leaving.headers.get('set-cookie')?.split(';')[0] ?? ''
      const back = await simulator.consent(leaving.headers.get('location') ?? '', choice)
      const { searchParams: returned } = await published.leads(
        anybody,
        `GET /oauth/${login}/callback`,
        { query: Object.fromEntries(new URL(back).searchParams), headers: { cookie } },
      )
      assert.equal(returned.get('connected'), '1', returned.toString())
      const name = 'POST /v1/connections/{id}/confirm'
      const params = { id: returned.get('connection_id') ?? '' }
      await published.refuses(jwt, name, 'connect/confirmation-invalid', {
        params,
        body: { code: 'guessed' },
      })
      const connection = await published.answers<Connection>(jwt, name, 200, {
        params,
        body: { code: returned.get('confirm') },
      })
      assert.equal(connection.status, 'active')
      // Reloaded it leads to the same end without a second code; in another browser it is a page, and nothing else.
      const again = await anybody.call('GET', pathOf(back), undefined, { cookie })
      const end = new URL(again.headers.get('location') ?? '').searchParams
      assert.equal(end.get('connection_id'), connection.id)
      assert.equal(end.get('confirm'), null)
      const elsewhere = await anybody.call('GET', pathOf(back))
      assert.ok(elsewhere.status >= 400 && elsewhere.status < 500, elsewhere.text)
      assert.match(elsewhere.headers.get('content-type') ?? '', /^text\/html/)
    }
  })

  await t.test('connections', async () => {
    const params = { id: connectionId }
    await published.answers(api, 'GET /v1/connections', 200, { query: { tenantId: 'lumen' } })
    await published.answers(api, 'GET /v1/connections/{id}', 200, { params })
    await published.answers(api, 'GET /v1/connections/{id}/token-status', 200, { params })
    const refresh = 'POST /v1/connections/{id}/refresh'
    const young = await published.answers<{ refreshed: boolean; message: string }>(
      api,
      refresh,
      200,
      {
        params,
      },
    )
    assert.equal(young.refreshed, false)
    assert.match(young.message, /24 hours/)
    await published.answers(api, 'POST /v1/connections/{id}/check', 200, { params })
    const sweep = 'POST /v1/connections/refresh'
    await published.answers(api, sweep, 200, { body: { tenantId: 'lumen', force: true } })
    await published.refuses(api, sweep, 'http/invalid-fields', { body: { forced: true } })
    await published.answers(api, 'GET /v1/alerts', 200, { query: { state: 'open' } })
    await published.refuses(api, 'GET /v1/alerts', 'http/invalid-fields', {
      query: { state: 'both' },
    })
    const automation = await published.answers<{ quietMs: number }>(
      api,
      'GET /v1/connections/{id}/automation',
      200,
      { params },
    )
    const put = 'PUT /v1/connections/{id}/automation'
    await published.answers(api, put, 200, { params, body: { ...automation, responder: null } })
    await published.refuses(api, put, 'automation/responder-unavailable', {
      params,
      body: { ...automation, responder: 'agent' },
    })
    const flow = { version: 1, start: 'gone', steps: {} }
    await published.refuses(api, put, 'automation/flow-invalid', {
      params,
      body: { ...automation, flow },
    })
  })

  await t.test('tokens brought along and handed out', async () => {
    const { accessToken } = await simulator.post<{ accessToken: string }>('/tokens', {
      account: ACCOUNT,
    })
    const name = 'POST /v1/connections/import'
    const row = { tenantId: 'lumen', login: 'instagram', accessToken }
    // The account is live: nothing changes.
    const same = await published.answers<Connection>(api, name, 200, { body: row })
    assert.equal(same.id, connectionId)
    const old = { tenant_id: 'lumen', token: `IGQVJ${'x'.repeat(40)}` }
    const report = await published.answers<ImportReport>(api, name, 200, {
      body: { rows: [row, old], invite: true },
    })
    assert.deepEqual(
      report.data.map(({ status, code, invite }) => [status, code, invite?.state]),
      [
        ['unchanged', null, undefined],
        ['refused', 'tokens/basic-display-ended', 'made'],
      ],
    )
    await published.refuses(api, name, 'tokens/wrong-login', {
      body: { ...row, login: 'facebook' },
    })

    const params = { id: connectionId, path: 'me' }
    const token = 'GET /v1/connections/{id}/access-token'
    await published.answers(api, token, 200, { params })
    const graph = '/v1/connections/{id}/graph/{path}'
    const me = await published.answers<{ username: string }>(api, `GET ${graph}`, 200, {
      params,
      query: { fields: 'username' },
    })
    assert.equal(me.username, ACCOUNT)
    const profile = { params: { ...params, path: 'v25.0/me/messenger_profile' } }
    const actions = [{ question: 'Open on Sunday?', payload: 'sunday' }]
    await published.answers(api, `POST ${graph}`, 200, {
      ...profile,
      body: { platform: 'instagram', ice_breakers: [{ call_to_actions: actions }] },
    })
    await published.answers(api, `DELETE ${graph}`, 200, {
      ...profile,
      body: { platform: 'instagram', fields: ['ice_breakers'] },
    })
    const escape = { params: { ...params, path: 'oauth/access_token' } }
    for (const method of ['GET', 'POST', 'DELETE']) {
      await published.refuses(api, `${method} ${graph}`, 'graph/path-not-allowed', escape)
    }
  })

  await t.test('conversations and messages', async () => {
    const params = { id: conversationId }
    await published.answers(api, 'GET /v1/conversations', 200, {
      query: { connectionId, status: 'automated' },
    })
    await published.answers(api, 'GET /v1/conversations/{id}', 200, { params })
    for (const word of ['takeover', 'close'] as const) {
      await published.answers(api, `POST /v1/conversations/{id}/${word}`, 200, { params })
    }
    const resume = 'POST /v1/conversations/{id}/resume'
    await published.answers(api, resume, 200, { params, body: { answerWaiting: false } })
    await published.answers(api, 'POST /v1/conversations/{id}/seen', 202, { params })
    await published.answers(api, 'POST /v1/conversations/{id}/typing', 202, { params })

    const send = 'POST /v1/conversations/{id}/messages'
    const long = `${'A sentence of some length. '.repeat(60)}The end.`
    const sent = await published.answers<{ data: Message[] }>(api, send, 202, {
      params,
      body: { text: long },
    })
    assert.ok(sent.data.length > 1)
    assert.ok(sent.data.every(({ status, author }) => status === 'queued' && author === 'host'))
    assert.equal(sent.data.map(({ text }) => text).join(' '), long)
    await published.refuses(api, send, 'replies/unsupported-body', { params, body: {} })
    await published.refuses(api, send, 'http/invalid-fields', { params, body: { text: '' } })
    const list = 'GET /v1/conversations/{id}/messages'
    const settled = await eventually('they are sent', async () => {
      const page = await published.answers<Page<Message>>(api, list, 200, { params })
      return (
        page.data.filter(({ author }) => author === 'host').every(({ mid }) => mid !== null) && page
      )
    })
    assert.equal(settled.data[0]?.text, 'hello')
    const times = settled.data.map(({ at }) => at)
    assert.deepEqual(times, times.toSorted())
    const newest = await published.answers<Page<Message>>(api, list, 200, {
      params,
      query: { latest: '1', limit: '1' },
    })
    assert.equal(newest.data[0]?.id, settled.data.at(-1)?.id)
  })

  await t.test('an idempotency key makes one message of however many calls', async () => {
    const name = 'POST /v1/conversations/{id}/messages'
    const visit = {
      params: { id: conversationId },
      headers: { 'idempotency-key': randomUUID() },
      body: { text: 'once and only once' },
    }
    const first = await published.answers<{ data: Message[] }>(api, name, 202, visit)
    const again = await published.answers<{ data: Message[] }>(api, name, 202, visit)
    assert.deepEqual(again, first)
    await published.refuses(api, name, 'http/idempotency-mismatch', {
      ...visit,
      body: { text: 'something else' },
    })
    const headers = { 'idempotency-key': randomUUID() }
    const path = `/v1/conversations/${conversationId}/messages`
    const answers = await Promise.all(
      Array.from(
        { length: 8 },
        async () => await api.call('POST', path, { text: 'all at once' }, headers),
      ),
    )
    for (const answer of answers) {
      if (answer.status !== 202) isProblem(answer, 'http/idempotency-busy', name)
    }
    const after = await published.answers<{ data: Message[] }>(api, name, 202, {
      params: { id: conversationId },
      headers,
      body: { text: 'all at once' },
    })
    assert.equal(after.data[0]?.text, 'all at once')
    const said = await eventually('both are on the phone', async () => {
      const texts = await simulator.answers(ACCOUNT, 'ana')
      return texts.includes('all at once') && texts
    })
    assert.equal(said.filter((text) => text === 'once and only once').length, 1)
    assert.equal(said.filter((text) => text === 'all at once').length, 1)
    // The next line is written after it, so a second one would have come before.
    await published.answers(api, name, 202, {
      params: { id: conversationId },
      body: { text: 'last' },
    })
    const all = await eventually('the last one', async () => {
      const texts = await simulator.answers(ACCOUNT, 'ana')
      return texts.includes('last') && texts
    })
    assert.equal(all.filter((text) => text === 'all at once').length, 1)
  })

  await t.test('Meta’s door', async () => {
    const check = 'GET /webhooks/instagram'
    const query = { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444' }
    await published.answers(anybody, check, 200, {
      query: { ...query, 'hub.verify_token': VERIFY_TOKEN },
    })
    await published.refuses(anybody, check, 'webhooks/verify-token-mismatch', {
      query: { ...query, 'hub.verify_token': 'guessed' },
    })
    const body = '{"object":"instagram","entry":[]}'
    const post = 'POST /webhooks/instagram'
    const digest = createHmac('sha256', APP_SECRET).update(body).digest('hex')
    const headers = { 'x-hub-signature-256': `sha256=${digest}` }
    await published.answers(anybody, post, 200, { body, headers })
    await published.refuses(anybody, post, 'webhooks/signature-invalid', { body: '{}', headers })
  })

  await t.test('what the doctor says, and what Meta called', async () => {
    const setup = await published.answers<MetaSetup>(api, 'GET /v1/doctor', 200)
    assert.equal(setup.callbackUrl, `${demo.url}/webhooks/instagram`)
    assert.ok(setup.seen.handshake !== null && setup.seen.wrongSignature !== null)
    const report = await published.answers<DoctorReport>(api, 'POST /v1/doctor', 200)
    const handshake = report.findings.find(({ check }) => check === 'webhook handshake')
    assert.equal(handshake?.state, 'ok', JSON.stringify(report.findings))
    const shown = await published.answers(api, 'POST /v1/doctor/verify-token', 200)
    assert.deepEqual(shown, { verifyToken: VERIFY_TOKEN })
    const held = await published.answers<EncryptionKeys>(api, 'GET /v1/encryption-keys', 200)
    assert.deepEqual(
      held.masterKeys.map(({ state, dataKeys }) => [state, dataKeys >= held.owners]),
      [['wraps', true]],
    )
    const list = 'GET /v1/meta-calls'
    const refused = await published.answers<Page<MetaCall>>(api, list, 200, {
      query: { outcome: 'refused' },
    })
    assert.deepEqual(refused.data.map(({ kind }) => kind).toSorted(), ['delivery', 'handshake'])
    const accepted = await published.answers<Page<MetaCall>>(api, list, 200, {
      query: { kind: 'delivery', outcome: 'accepted', limit: '1' },
    })
    assert.ok(accepted.data[0]?.delivery)
    await published.refuses(api, list, 'http/invalid-fields', { query: { kind: 'visit' } })
    const { secret } = await api.take<{ secret: string }>('POST', '/v1/api-keys', {
      name: 'of one tenant',
      scopes: ['operate'],
      tenantId: 'lumen',
    })
    await published.refuses(new ApiClient(demo.url, secret), list, 'auth/instance-only')
  })

  await t.test('deliveries', async () => {
    const list = await published.answers<Page<Delivery>>(api, 'GET /v1/deliveries', 200)
    // The oldest of them is the line from the phone.
    const params = { id: list.data.at(-1)?.id ?? '' }
    const one = await published.answers<Delivery>(api, 'GET /v1/deliveries/{id}', 200, { params })
    assert.match(one.body ?? '', /"object":"instagram"/)
    await published.answers(api, 'POST /v1/deliveries/{id}/replay', 202, { params })
    const replayed = await eventually('it is processed again', async () => {
      const { json } = await api.call('GET', `/v1/deliveries/${params.id}`)
      const delivery = json as Delivery
      const isDone = delivery.events.every(({ outcome }) => outcome === 'duplicate')
      return delivery.state === 'processed' && isDone && delivery
    })
    assert.ok(replayed.events.length > 0)
  })

  await t.test('host events', async () => {
    const body = { url: receiver.url, tenantId: 'lumen' }
    const make = 'POST /v1/host-endpoints'
    const made = await published.answers<{ id: string; secret: string }>(api, make, 201, { body })
    for (const [wrong, code] of [
      [{ url: 'https://127.0.0.1/' }, 'host-endpoints/url-not-allowed'],
      [{ ...body, tenantId: 'nobody' }, 'tenants/not-found'],
      [{ ...body, events: ['everything'] }, 'http/invalid-fields'],
    ] as const) {
      await published.refuses(api, make, code, { body: wrong })
    }
    const params = { id: made.id }
    const one = '/v1/host-endpoints/{id}'
    await published.answers(api, 'GET /v1/host-endpoints', 200, { query: { tenantId: 'lumen' } })
    await published.answers(api, `GET ${one}`, 200, { params })
    const events = ['message.received', 'message.sent', 'connection.created']
    await published.answers(api, `PATCH ${one}`, 200, { params, body: { events } })

    await simulator.write('ana', ACCOUNT, 'does the host hear of it?')
    const told = async (type: string) => receiver.received.filter(({ json }) => json.type === type)
    const heard = await eventually(
      'the host hears of it',
      async () => (await told('message.received'))[0],
    )
    receiver.verify(made.secret, heard)
    assert.equal(heard.json.data.conversationId, conversationId)
    const event = { id: String(heard.json.id) }
    await published.answers(api, 'GET /v1/host-events', 200, { query: { connectionId } })
    await published.answers(api, 'GET /v1/host-events/{id}', 200, { params: event })

    const rolled = await published.answers<{ secret: string }>(
      api,
      `POST ${one}/roll-secret`,
      200,
      { params },
    )
    await eventually('it is told', async () => {
      const { json } = await api.call('GET', `/v1/host-events?state=pending`)
      return (json as Page<unknown>).data.length === 0
    })
    const replay = 'POST /v1/host-events/{id}/replay'
    await published.answers(api, replay, 202, { params: event })
    const again = await eventually(
      'it is told again',
      async () => (await told('message.received'))[1],
    )
    assert.equal(again.json.id, event.id)
    receiver.verify(made.secret, again)
    receiver.verify(rolled.secret, again)
    // What happened before anybody listened.
    await published.answers(api, 'POST /v1/host-events/replay', 202, {
      body: { from: '2026-01-01T00:00:00Z', endpointId: made.id },
    })
    const created = await eventually(
      'the connection is told',
      async () => (await told('connection.created'))[0],
    )
    assert.equal(created.json.data.connectionId, connectionId)
    await published.answers(api, `DELETE ${one}`, 200, { params })
    await published.refuses(api, `GET ${one}`, 'host-endpoints/not-found', { params })
  })

  await t.test('keys', async () => {
    const made = await published.answers<{ id: string; secret: string }>(
      api,
      'POST /v1/api-keys',
      201,
      { body: { name: 'reader', scopes: ['messages:read'], tenantId: 'clinic:7@host' } },
    )
    const reader = new ApiClient(demo.url, made.secret)
    await published.answers(reader, 'GET /v1/conversations', 200)
    const list = await published.answers(api, 'GET /v1/api-keys', 200)
    assert.ok(!JSON.stringify(list).includes(made.secret))
    const send = 'POST /v1/conversations/{id}/messages'
    await published.refuses(reader, send, 'auth/scope-missing', {
      params: { id: conversationId },
      body: { text: 'no' },
    })
    // Another tenant's is as unknown as none.
    for (const [name, code] of [
      ['GET /v1/conversations/{id}', 'conversations/not-found'],
      ['GET /v1/conversations/{id}/messages', 'conversations/not-found'],
    ] as const) {
      const foreign = await published.refuses(reader, name, code, {
        params: { id: conversationId },
      })
      const unknown = await published.refuses(reader, name, code, { params: { id: NOBODY } })
      assert.deepEqual({ ...foreign, requestId: '' }, { ...unknown, requestId: '' })
    }
    const revoke = 'DELETE /v1/api-keys/{id}'
    await published.answers(api, revoke, 200, { params: { id: made.id } })
    await published.answers(api, revoke, 200, { params: { id: made.id } })
    await published.refuses(reader, 'GET /v1/conversations', 'auth/invalid-key')
  })

  await t.test('an operator signs in, watches, and signs out', async () => {
    const link = (await demo.welcomeLink()).split('/').at(-1)
    const email = 'olivia@example.com'
    const body = { link, name: 'Olivia', email, password: PASSWORD }
    await published.answers(anybody, 'POST /v1/welcome', 201, { body })
    await published.refuses(anybody, 'POST /v1/welcome', 'auth/sign-in-link-invalid', { body })
    const signIn = 'POST /auth/sign-in/email'
    await published.refuses(anybody, signIn, 'auth/sign-in-failed', {
      body: { email, password: 'wrong-password' },
    })
    await published.answers(anybody, signIn, 200, { body: { email, password: PASSWORD } })
    const { headers } = await anybody.call('POST', '/auth/sign-in/email', {
      email,
      password: PASSWORD,
    })
    const cookie = headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    const operator = new ApiClient(demo.url, undefined, { cookie, origin: demo.url })
    await published.answers(operator, 'GET /v1/me', 200)
    await published.answers(operator, 'GET /v1/audit-log', 200)
    await published.answers(operator, 'GET /v1/audit-log/export', 200)
    const elsewhere = new ApiClient(demo.url, undefined, { cookie, origin: 'https://evil.example' })
    await published.refuses(
      elsewhere,
      'POST /v1/conversations/{id}/takeover',
      'auth/origin-not-allowed',
      { params: { id: conversationId } },
    )
    const away = await operator.call('GET', '/v1/instagram/connect?tenantId=lumen')
    assert.equal(away.status, 302)
    await watch(demo, cookie, conversationId)
    await published.answers(operator, 'POST /auth/sign-out', 200)
    await published.refuses(operator, 'GET /v1/me', 'auth/required')
  })

  await t.test('the server about itself', async () => {
    for (const path of [
      '/healthz',
      '/readyz',
      '/metrics',
      '/v1/openapi.json',
      '/docs',
      '/errors',
    ]) {
      await published.answers(anybody, `GET ${path}`, 200)
    }
    await published.answers(anybody, 'GET /errors/{slice}/{reason}', 200, {
      params: { slice: 'connect', reason: 'denied' },
    })
  })

  await t.test(
    'every route that asks who calls refuses everybody else in the same way',
    async () => {
      const wrong = new ApiClient(demo.url, 'not-a-key')
      const keyFor = async (scope: string): Promise<ApiClient> => {
        const body = { name: `${scope} only`, scopes: [scope] }
        const { secret } = await api.take<{ secret: string }>('POST', '/v1/api-keys', body)
        return new ApiClient(demo.url, secret)
      }
      const weak = await keyFor('graph')
      const weakForGraph = await keyFor('access-token')
      const guarded = publishedRoutes.filter(({ access }) => access.kind === 'scope')
      assert.ok(guarded.length > 20)
      for (const route of guarded) {
        const name = nameOf(route)
        const isGraph = route.path.includes('/graph/')
        const params = { id: NOBODY, tenantId: 'nobody', path: 'me' }
        await published.refuses(anybody, name, 'auth/required', { params })
        await published.refuses(wrong, name, 'auth/invalid-key', { params })
        const scopeless = isGraph ? weakForGraph : weak
        await published.refuses(scopeless, name, 'auth/scope-missing', { params })
        await published.refuses(api, name, 'auth/token-in-url', {
          params,
          query: { access_token: 'IGAA-canary' },
        })
        if (!route.path.includes('{id}')) continue
        const unknown = await api.call(route.method, fillPath(route.path, params))
        assert.equal(unknown.status, 404, `${name}: ${unknown.text}`)
        const impossible = await api.call(
          route.method,
          fillPath(route.path, { ...params, id: "1' or '1" }),
        )
        assert.equal(impossible.status, 404, `${name}: ${impossible.text}`)
      }
    },
  )

  await t.test('every route that takes a body refuses what is none', async () => {
    const taking = publishedRoutes.filter(
      ({ access, body }) => access.kind === 'scope' && body !== undefined,
    )
    assert.ok(taking.length > 5)
    for (const route of taking) {
      const name = nameOf(route)
      const params = {
        id: route.path.startsWith('/v1/conversations') ? conversationId : connectionId,
        tenantId: 'lumen',
      }
      await published.refuses(api, name, 'http/invalid-json', { params, body: '{"name": ' })
      await published.refuses(api, name, 'http/invalid-fields', { params, body: '[]' })
      await published.refuses(api, name, 'http/unsupported-media-type', {
        params,
        body: 'name=x',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      await published.refuses(api, name, 'http/too-large', {
        params,
        body: JSON.stringify({ name: 'x'.repeat(2 * 1024 * 1024) }),
      })
    }
  })

  await t.test('what is nowhere, and what is there with another method', async () => {
    isProblem(await anybody.call('GET', '/v1/nothing'), 'http/not-found', 'nowhere')
    const other = await anybody.call('PATCH', '/v1/connections')
    isProblem(other, 'http/method-not-allowed', 'another method')
    assert.equal(other.headers.get('allow'), 'GET, HEAD')
    const own = 'my-own-request.id_1'
    const taken = await anybody.call('GET', '/v1/me', undefined, { 'x-request-id': own })
    assert.equal(taken.headers.get('x-request-id'), own)
    assert.equal((taken.json as { requestId: string }).requestId, own)
    const spoilt = await anybody.call('GET', '/v1/me', undefined, { 'x-request-id': 'no <b>' })
    assert.notEqual(spoilt.headers.get('x-request-id'), 'no <b>')
  })

  await t.test('disconnecting, twice the same; then nothing can be sent', async () => {
    const name = 'DELETE /v1/connections/{id}'
    const params = { id: connectionId }
    const first = await published.answers<Connection>(api, name, 200, { params })
    assert.deepEqual(
      [first.status, ...first.grants.map(({ status }) => status)],
      ['disconnected', 'disconnected'],
    )
    assert.equal(
      (await published.answers<Connection>(api, name, 200, { params })).status,
      first.status,
    )
    const send = 'POST /v1/conversations/{id}/messages'
    await published.refuses(api, send, 'tokens/needs-reauth', {
      params: { id: conversationId },
      body: { text: 'too late' },
    })
  })

  await t.test('forgetting: for Meta, for a person, for a tenant', async () => {
    const deletion = 'POST /webhooks/meta/data-deletion'
    await published.answers(anybody, 'POST /webhooks/meta/deauthorize', 200, signedForm('0'))
    const asked = await published.answers<{ confirmation_code: string }>(
      anybody,
      deletion,
      200,
      signedForm('0'),
    )
    const code = asked.confirmation_code
    await published.answers(anybody, 'GET /data-deletion/{code}', 200, { params: { code } })
    await published.refuses(anybody, deletion, 'privacy/signed-request-invalid', {
      ...signedForm('0', 'another-secret'),
    })

    const params = { id: conversationId, tenantId: 'lumen' }
    await published.answers(api, 'GET /v1/tenants/{tenantId}/export', 200, { params })
    await published.answers(api, 'DELETE /v1/conversations/{id}/person', 202, { params })
    const erase = 'DELETE /v1/tenants/{tenantId}'
    const begun = await published.answers<{ id: string }>(api, erase, 202, { params })
    assert.equal(
      (await published.answers<{ id: string }>(api, erase, 202, { params })).id,
      begun.id,
    )
    await published.refuses(api, erase, 'tenants/not-found', { params: { tenantId: 'nobody' } })
    await eventually('the tenant is erased', async () => {
      const read = 'GET /v1/erasures/{id}'
      const found = await published.answers<{ status: string }>(api, read, 200, { params: begun })
      return found.status === 'done'
    })
    const { data } = await api.take<Page<Conversation>>('GET', '/v1/conversations')
    assert.deepEqual(data, [])
  })

  await t.test('who guesses at the door is told to wait', async () => {
    const body = { email: 'olivia@example.com', password: 'a-guess-at-it' }
    const limited = await eventually('the limit', async () => {
      const answer = await anybody.call('POST', '/auth/sign-in/email', body)
      return answer.status === 429 && answer
    })
    isProblem(limited, 'http/rate-limited', 'sign-in')
    assert.ok(Number(limited.headers.get('retry-after')) >= 1)
    assert.match(limited.headers.get('ratelimit') ?? '', /"sign-in";r=0;t=\d+/)
    assert.match(limited.headers.get('ratelimit-policy') ?? '', /"sign-in";q=\d+;w=\d+/)
  })

  // The stream has no end to wait for; it was watched above.
  assert.deepEqual(published.missing(), ['GET /v1/stream'])
})

/** What Meta posts to its two callbacks. */
function signedForm(
  userId: string,
  secret = APP_SECRET,
): { body: string; headers: Record<string, string> } {
  const claims = { user_id: userId, algorithm: 'HMAC-SHA256', issued_at: 1_795_000_000 }
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  const signature = createHmac('sha256', secret).update(payload).digest('base64url')
  return {
    body: new URLSearchParams({ signed_request: `${signature}.${payload}` }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  }
}

type Page<Item> = { data: Item[]; nextCursor: string | null }

const ids = ({ data }: Page<{ id: string }>): string[] => data.map(({ id }) => id)

const pathOf = (url: string): string => url.slice(new URL(url).origin.length)

function signUser(subject: string): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claims = { sub: subject, exp: Math.floor(Date.now() / 1000) + 300 }
  const signed = `${encode({ alg: 'HS256' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', JWT_SECRET).update(signed).digest('base64url')}`
}

/** The stream tells of a line that comes: its kind and ids, nothing it says. */
async function watch(demo: Demo, cookie: string, conversationId: string): Promise<void> {
  const stop = new AbortController()
  const stream = await fetch(`${demo.url}/v1/stream`, { headers: { cookie }, signal: stop.signal })
  assert.equal(stream.status, 200)
  assert.match(stream.headers.get('content-type') ?? '', /^text\/event-stream/)
  const events: StreamEvent[] = []
  let text = ''
  const reading = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of stream.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const found = text.matchAll(/^data: (.*)$/gm)
      events.splice(
        0,
        events.length,
        ...[...found].map(([, data]) => StreamEvent.strict().parse(JSON.parse(data ?? ''))),
      )
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
  })
  await demo.simulator.write('ana', ACCOUNT, 'a secret between us')
  await eventually('the stream tells of it', async () =>
    events.some(({ kind, id }) => kind === 'conversation' && id === conversationId),
  )
  stop.abort()
  await reading
  assert.ok(!text.includes('secret between'))
}
