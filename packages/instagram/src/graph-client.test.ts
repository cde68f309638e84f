import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { sendOutcomeOf } from './classify-graph-error.ts'
import type { ActingNode } from './graph-context.ts'
import { GraphError } from './graph-error.ts'
import { Igsid, Mid, PageId } from './ids.ts'
import { Secret } from './secret.ts'
import { fakeMeta, parts } from './testing/fake-meta.ts'

const ACCOUNT: ActingNode = {
  login: 'instagram',
  id: '17841477965412210',
  token: new Secret('IGAA1'),
}
const PAGE: ActingNode = { login: 'facebook', id: '134895793791914', token: new Secret('EAA1') }
const PERSON = Igsid.parse('9001')
const MID = Mid.parse('aWdf+/MSG_1==')
const PROOF = createHmac('sha256', 'meta-app-secret').update('EAA1').digest('hex')

for (const [name, body] of Object.entries({
  flat: '{"user_id":17841477965412211,"username":"lumen","id":"28978671838402975","account_type":"BUSINESS"}',
  listed:
    '{"data":[{"user_id":"17841477965412211","username":"lumen","id":"28978671838402975","account_type":"Business"}]}',
})) {
  test(`/me is read when it answers ${name}, with every digit of user_id`, async () => {
    const { client, asked } = fakeMeta([{ body }])
    const account = await client.readInstagramAccount(ACCOUNT.token)
    assert.equal(account.accountId, '17841477965412211')
    assert.equal(account.appScopedId, '28978671838402975')
    assert.equal(account.type, 'business')
    assert.equal(parts(asked[0]).query['access_token'], 'IGAA1')
    assert.equal(parts(asked[0]).query['appsecret_proof'], undefined)
  })
}

test('a message goes out with the token in the header and comes back with its mid', async () => {
  const usage = { 'x-app-usage': '{"call_count":81,"total_time":2,"total_cputime":3}' }
  const { client, asked } = fakeMeta([
    { body: { recipient_id: '9001', message_id: 'aWdf_9' }, headers: usage },
  ])
  const sent = await client.sendMessage(ACCOUNT, {
    to: { igsid: PERSON },
    message: { text: 'Hello' },
    replyToMid: MID,
  })
  assert.deepEqual(sent, {
    mid: 'aWdf_9',
    recipientId: '9001',
    usage: { percent: 81, regainMinutes: 0 },
  })
  const [request] = asked
  assert.equal(request?.url, 'https://graph.instagram.com/v25.0/17841477965412210/messages')
  assert.equal(request?.headers['authorization'], 'Bearer IGAA1')
  assert.deepEqual(JSON.parse(String(request?.body)), {
    recipient: { id: '9001' },
    message: { text: 'Hello' },
    reply_to: { mid: MID },
  })
  assert.equal(request?.timeoutMs, 10_000)
})

test('a page sends with proof of the app secret and, as a person, with the human agent tag', async () => {
  const { client, asked } = fakeMeta([{ body: { recipient_id: '9001', message_id: 'm' } }])
  await client.sendMessage(PAGE, {
    to: { commentId: '1787' },
    message: { text: 'Hello' },
    humanAgent: true,
  })
  assert.deepEqual(parts(asked[0]), {
    address: 'POST https://graph.facebook.com/v25.0/134895793791914/messages',
    query: { appsecret_proof: PROOF },
  })
  assert.deepEqual(JSON.parse(String(asked[0]?.body)), {
    recipient: { comment_id: '1787' },
    messaging_type: 'MESSAGE_TAG',
    tag: 'HUMAN_AGENT',
    message: { text: 'Hello' },
  })
})

test('sender actions carry nothing but what Meta documents', async () => {
  const answer = { body: { recipient_id: '9001' } }
  const { client, asked } = fakeMeta([answer, answer, answer])
  await client.sendSenderAction(ACCOUNT, PERSON, { action: 'typing_on' })
  await client.sendSenderAction(ACCOUNT, PERSON, { action: 'react', mid: MID, reaction: 'love' })
  await client.sendSenderAction(ACCOUNT, PERSON, { action: 'unreact', mid: MID })
  assert.deepEqual(
    asked.map((request): unknown => JSON.parse(String(request.body))),
    [
      { recipient: { id: '9001' }, sender_action: 'typing_on' },
      {
        recipient: { id: '9001' },
        sender_action: 'react',
        payload: { message_id: MID, reaction: 'love' },
      },
      { recipient: { id: '9001' }, sender_action: 'unreact', payload: { message_id: MID } },
    ],
  )
})

test('a send answered with nonsense, or with an error inside a 200, is judged by its body', async () => {
  const outcomes = []
  for (const body of ['', '<html>', { error: { code: 10, error_subcode: 2534022 } }]) {
    const { client } = fakeMeta([{ body }])
    const failure = await client
      .sendMessage(ACCOUNT, { to: { igsid: PERSON }, message: { text: 'x' } })
      .catch((error: unknown) => error)
    assert.ok(failure instanceof GraphError)
    outcomes.push(sendOutcomeOf(failure))
  }
  assert.deepEqual(outcomes, ['unknown', 'unknown', 'not_sent'])
})

const page = (id: number) => ({
  id: String(id),
  name: `Page ${id}`,
  access_token: `EAA-page-${id}`,
  tasks: ['MESSAGING'],
  ...(id % 2 === 0
    ? { instagram_business_account: { id: `1784140000000${id}`, username: 'a' } }
    : {}),
})
const next = (after: string) =>
  `https://evil.example/v25.0/me/accounts?access_token=stolen&limit=9999&after=${after}`

test('pages are listed to the end, without ever leaving the configured host', async () => {
  const { client, asked } = fakeMeta([
    { body: { data: [page(1), page(2)], paging: { cursors: { after: 'A' }, next: next('A') } } },
    { body: { data: [page(3)], paging: {} } },
  ])
  const { pages, isComplete } = await client.listPages(PAGE.token)
  assert.equal(isComplete, true)
  assert.deepEqual(
    pages.map(({ id, token, account }) => [id, token?.reveal(), account?.id]),
    [
      ['1', 'EAA-page-1', undefined],
      ['2', 'EAA-page-2', '17841400000002'],
      ['3', 'EAA-page-3', undefined],
    ],
  )
  const second = parts(asked[1])
  assert.equal(second.address, 'GET https://graph.facebook.com/v25.0/me/accounts')
  assert.equal(second.query['after'], 'A')
  assert.equal(second.query['limit'], '100')
  assert.equal(second.query['access_token'], 'EAA1')
  assert.equal(second.query['appsecret_proof'], PROOF)
})

test('listing pages stops at fifty calls and at a cursor that comes again', async () => {
  const endless = Array.from({ length: 60 }, (_, i) => ({
    body: { data: [page(i)], paging: { next: next(`A${i}`) } },
  }))
  const long = fakeMeta(endless)
  assert.equal((await long.client.listPages(PAGE.token)).isComplete, false)
  assert.equal(long.asked.length, 50)

  const circle = fakeMeta(
    Array.from({ length: 60 }, () => ({ body: { data: [], paging: { next: next('A') } } })),
  )
  assert.equal((await circle.client.listPages(PAGE.token)).isComplete, false)
  assert.equal(circle.asked.length, 2)
})

test('one page is read by its id', async () => {
  const { client, asked } = fakeMeta([{ body: page(2) }])
  const read = await client.readPage(PageId.parse('2'), PAGE.token)
  assert.equal(read.account?.username, 'a')
  assert.equal(parts(asked[0]).address, 'GET https://graph.facebook.com/v25.0/2')
})

test('a token is inspected with the app token, signed for it', async () => {
  const { client, asked } = fakeMeta([
    {
      body: {
        data: {
          app_id: 222,
          type: 'PAGE',
          application: 'Parley',
          expires_at: 0,
          data_access_expires_at: 1803000000,
          issued_at: 1795000000,
          is_valid: true,
          scopes: ['instagram_basic'],
          granular_scopes: [{ scope: 'pages_show_list', target_ids: ['1'] }, { scope: 'x' }],
          user_id: '5',
          profile_id: '134895793791914',
        },
      },
    },
    { body: { data: { is_valid: false, error: { code: 190, message: 'dead', subcode: 460 } } } },
  ])
  const inspection = await client.inspectFacebookToken(PAGE.token)
  assert.deepEqual(inspection, {
    isValid: true,
    appId: '222',
    application: 'Parley',
    type: 'PAGE',
    userId: '5',
    profileId: '134895793791914',
    scopes: ['instagram_basic'],
    granularScopes: [
      { scope: 'pages_show_list', targetIds: ['1'] },
      { scope: 'x', targetIds: undefined },
    ],
    expiresAtMs: 'never',
    dataAccessExpiresAtMs: 1803000000000,
    issuedAtMs: 1795000000000,
    error: undefined,
  })
  assert.deepEqual(parts(asked[0]).query, {
    input_token: 'EAA1',
    access_token: '222|meta-app-secret',
    appsecret_proof: createHmac('sha256', 'meta-app-secret')
      .update('222|meta-app-secret')
      .digest('hex'),
  })
  const dead = await client.inspectFacebookToken(PAGE.token)
  assert.deepEqual([dead.isValid, dead.error], [false, { code: 190, subcode: 460 }])
})

test('permissions are told apart, and a bare true is a revocation', async () => {
  const { client } = fakeMeta([
    {
      body: {
        data: [
          { permission: 'instagram_basic', status: 'granted' },
          { permission: 'email', status: 'declined' },
          { permission: 'old', status: 'expired' },
        ],
      },
    },
    { body: 'true' },
    { body: { success: true } },
  ])
  assert.deepEqual(await client.readPermissions(PAGE.token), {
    granted: ['instagram_basic'],
    missing: ['email', 'old'],
  })
  await client.revokePermissions(PAGE.token)
  await client.revokePermissions(PAGE.token)
})

test('an account is subscribed by number, read back and unsubscribed on both hosts', async () => {
  const { client, asked } = fakeMeta([
    { body: { success: true } },
    { body: { data: [{ app_id: '111', subscribed_fields: ['messages'] }] } },
    { body: { data: [{ id: '222', name: 'Parley', subscribed_fields: ['messages'] }] } },
    { body: { success: true } },
  ])
  await client.subscribe(ACCOUNT, ['messages', 'comments'])
  assert.deepEqual(await client.readSubscriptions(ACCOUNT), [
    { appId: '111', fields: ['messages'] },
  ])
  assert.deepEqual(await client.readSubscriptions(PAGE), [{ appId: '222', fields: ['messages'] }])
  await client.unsubscribe(PAGE)
  assert.deepEqual(
    asked.map((request) => parts(request).address),
    [
      'POST https://graph.instagram.com/v25.0/17841477965412210/subscribed_apps',
      'GET https://graph.instagram.com/v25.0/17841477965412210/subscribed_apps',
      'GET https://graph.facebook.com/v25.0/134895793791914/subscribed_apps',
      'DELETE https://graph.facebook.com/v25.0/134895793791914/subscribed_apps',
    ],
  )
  assert.equal(parts(asked[0]).query['subscribed_fields'], 'messages,comments')
})
