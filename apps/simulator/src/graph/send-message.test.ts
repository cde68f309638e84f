import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CASA, LUMEN, connectInstagram, connectPage, personWrites } from '#testing/connect.ts'
import { at, refusalOf, startTestSimulator } from '#testing/test-simulator.ts'
import type { TestSimulator } from '#testing/test-simulator.ts'

const HOUR_MS = 3_600_000
const text = (words: string) => ({ message: { text: words } })

/** A connected account to which Ana has just written. */
async function start(sim: TestSimulator) {
  const token = await connectInstagram(sim)
  const { igsid, mid } = await personWrites(sim)
  const send = (body: Record<string, unknown>) =>
    sim.instagram('POST', `/v25.0/${LUMEN.id}/messages`, token, {
      recipient: { id: igsid },
      ...body,
    })
  return { token, igsid, mid, send }
}

const thread = async (sim: TestSimulator) => {
  const messages = at(await sim.control('GET', `/threads/${LUMEN.key}/ana`), 'messages')
  return Array.isArray(messages) ? messages : []
}

test('a send answers with recipient and a mid of more than 150 characters', async () => {
  await using sim = await startTestSimulator()
  const { igsid, send } = await start(sim)
  const sent = await send(text('Hello'))
  assert.equal(sent.status, 200)
  assert.equal(at(sent.json, 'recipient_id'), igsid)
  assert.ok(String(at(sent.json, 'message_id')).length > 150)
})

test('the window is open for 24 hours, and closed at 24 hours', async () => {
  await using sim = await startTestSimulator()
  const { send } = await start(sim)
  await sim.control('POST', '/clock', { advanceMs: 24 * HOUR_MS - 5000 })
  assert.equal((await send(text('in time'))).status, 200)
  await sim.control('POST', '/clock', { advanceMs: 5000 })
  const late = await send(text('late'))
  assert.deepEqual([late.status, refusalOf(late)], [400, '10/2534022'])
  await sim.control('POST', '/switches', { windowErrorStatus: 403 })
  assert.equal((await send(text('late'))).status, 403)
})

test('a reaction opens the window again', async () => {
  await using sim = await startTestSimulator()
  const { send, mid } = await start(sim)
  await sim.control('POST', '/clock', { advanceMs: 30 * HOUR_MS })
  await sim.control('POST', '/people/ana/react', { account: LUMEN.key, mid })
  assert.equal((await send(text('hello again'))).status, 200)
})

test('HUMAN_AGENT reaches seven days when approved, other tags are refused', async () => {
  await using sim = await startTestSimulator()
  const { send } = await start(sim)
  const tagged = (tag: string) => send({ ...text('me'), messaging_type: 'MESSAGE_TAG', tag })
  await sim.control('POST', '/clock', { advanceMs: 7 * 24 * HOUR_MS - 5000 })
  assert.equal((await tagged('HUMAN_AGENT')).status, 200)
  assert.equal(refusalOf(await tagged('ACCOUNT_UPDATE')), '100')
  await sim.control('POST', '/switches', { humanAgent: false })
  assert.equal(refusalOf(await tagged('HUMAN_AGENT')), '10')
  await sim.control('POST', '/switches', { humanAgent: true })
  await sim.control('POST', '/clock', { advanceMs: 5000 })
  assert.equal(refusalOf(await tagged('HUMAN_AGENT')), '10/2534022')
})

test('text may have 1000 bytes; characters do not count', async () => {
  await using sim = await startTestSimulator()
  const { send } = await start(sim)
  assert.equal((await send(text('a'.repeat(1000)))).status, 200)
  assert.equal((await send(text('é'.repeat(500)))).status, 200)
  assert.equal(refusalOf(await send(text('a'.repeat(1001)))), '100/2534015')
  assert.equal(refusalOf(await send(text('é'.repeat(501)))), '100/2534015')
})

test('13 quick replies are the most, and a long title is cut', async () => {
  await using sim = await startTestSimulator()
  const { send } = await start(sim)
  const replies = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      content_type: 'text',
      title: `Number ${index} of a long list`,
      payload: `P${index}`,
    }))
  const many = { message: { text: 'Choose', quick_replies: replies(14) } }
  assert.equal(refusalOf(await send(many)), '100/2534015')
  assert.equal(
    (await send({ message: { text: 'Choose', quick_replies: replies(13) } })).status,
    200,
  )
  const shown = at(await thread(sim), 1, 'quickReplies')
  assert.equal(at(shown, 0, 'title'), 'Number 0 of a long l')
  assert.equal(at(shown, 'length'), 13)
})

test('contact quick replies make no button any more', async () => {
  await using sim = await startTestSimulator()
  const { send } = await start(sim)
  const contact = { text: 'Phone?', quick_replies: [{ content_type: 'user_phone_number' }] }
  assert.equal((await send({ message: contact })).status, 200)
  assert.deepEqual(at(await thread(sim), 1, 'quickReplies'), [])
})

for (const [name, body, refused] of [
  [
    'text and attachment together',
    { message: { text: 'a', attachment: { type: 'like_heart' } } },
    '100/2534015',
  ],
  ['an empty message', { message: {} }, '100/2534015'],
  ['reply_to inside the message', { message: { text: 'a', reply_to: { mid: 'x' } } }, '100'],
  [
    'a message and an action',
    { message: { text: 'a' }, sender_action: 'typing_on' },
    '100/2018014',
  ],
  ['neither message nor action', {}, '100'],
  ['an unknown action', { sender_action: 'wave' }, '100'],
  [
    'a template without buttons',
    {
      message: {
        attachment: { type: 'template', payload: { template_type: 'button', text: 'a' } },
      },
    },
    '100/2534015',
  ],
  [
    'a file that cannot be fetched',
    { message: { attachment: { type: 'image', payload: { url: 'https://a.invalid/b.png' } } } },
    '100/2018008',
  ],
  [
    'an attachment id of nobody',
    { message: { attachment: { type: 'image', payload: { attachment_id: '1' } } } },
    '100/2018074',
  ],
  [
    'a quote of another conversation',
    { message: { text: 'a' }, reply_to: { mid: 'aWdfX' } },
    '100',
  ],
] as const) {
  test(`${name} is refused`, async () => {
    await using sim = await startTestSimulator()
    const { send } = await start(sim)
    assert.equal(refusalOf(await send(body)), refused)
  })
}

test('a person of another account cannot be found, and a number is no id', async () => {
  await using sim = await startTestSimulator()
  const { token } = await start(sim)
  const other = await personWrites(sim, { account: CASA.key })
  const send = (id: unknown) =>
    sim.instagram('POST', '/v25.0/me/messages', token, { recipient: { id }, ...text('a') })
  assert.equal(refusalOf(await send(other.igsid)), '100/2534014')
  assert.equal(refusalOf(await send(Number(other.igsid))), '100')
})

test('access, block and thread owner are refused in Meta’s words', async () => {
  await using sim = await startTestSimulator()
  const { send } = await start(sim)
  await sim.control('PATCH', `/accounts/${LUMEN.key}`, { allowsMessageAccess: false })
  assert.equal(refusalOf(await send(text('a'))), '200/2534041')
  await sim.control('PATCH', `/accounts/${LUMEN.key}`, { allowsMessageAccess: true })
  await sim.control('PATCH', '/people/ana', { blockedAccounts: [LUMEN.key] })
  assert.equal(refusalOf(await send(text('a'))), '551/1545041')
  await sim.control('PATCH', '/people/ana', { blockedAccounts: [] })
  await sim.control('POST', '/switches', { routing: 'other_app_owns' })
  assert.equal(refusalOf(await send(text('a'))), '100/2534037')
})

test('more than the allowed sends within a second are refused, with usage at 100 %', async () => {
  await using sim = await startTestSimulator()
  const { send } = await start(sim)
  await sim.control('POST', '/switches', { sendsPerSecond: 2 })
  const all = await Promise.all([send(text('1')), send(text('2')), send(text('3'))])
  const refused = all.filter((answer) => refusalOf(answer) === '613/2534040')
  assert.equal(refused.length, 1)
  const usage: unknown = JSON.parse(refused[0]?.headers.get('x-business-use-case-usage') ?? '{}')
  assert.equal(at(usage, LUMEN.id, 0, 'call_count'), 100)
})

test('an answer that is dropped was sent all the same, and echoed', async () => {
  await using sim = await startTestSimulator()
  const { send } = await start(sim)
  await sim.callback.waitFor(1)
  await sim.control('POST', '/faults', { path: '/me/messages', error: 'drop-after' })
  await assert.rejects(send(text('lost answer')))
  const received = await sim.callback.waitFor(2)
  assert.match(received[1]?.body ?? '', /"is_echo":true.*lost answer/)
  assert.equal((await thread(sim)).length, 2)
})

test('1/1357046 is answered although the message was sent', async () => {
  await using sim = await startTestSimulator()
  const { send } = await start(sim)
  await sim.control('POST', '/faults', { error: 'sent-but-1357046' })
  assert.equal(refusalOf(await send(text('sent'))), '1/1357046')
  assert.equal((await thread(sim)).length, 2)
})

test('a fault strikes as often as told, only where told, and then never', async () => {
  await using sim = await startTestSimulator()
  const { send, token } = await start(sim)
  const error = { code: 613, subcode: 2534040, httpStatus: 429 }
  await sim.control('POST', '/faults', {
    path: '/me/messages',
    account: LUMEN.key,
    times: 2,
    error,
  })
  assert.equal((await sim.instagram('GET', '/v25.0/me', token)).status, 200)
  assert.equal((await send(text('1'))).status, 429)
  assert.equal(refusalOf(await send(text('2'))), '613/2534040')
  assert.equal((await send(text('3'))).status, 200)
})

test('typing, seen and reactions show on the phone and raise no webhook', async () => {
  await using sim = await startTestSimulator()
  const { send, mid } = await start(sim)
  await sim.callback.waitFor(1)
  await send({ sender_action: 'typing_on' })
  await send({ sender_action: 'mark_seen' })
  await send({ sender_action: 'react', payload: { message_id: mid, reaction: '🌿' } })
  const shown = await sim.control('GET', `/threads/${LUMEN.key}/ana`)
  assert.equal(at(shown, 'isTyping'), true)
  assert.equal(at(shown, 'seenByAccountMid'), mid)
  assert.equal(at(shown, 'messages', 0, 'reactions', 0, 'emoji'), '🌿')
  assert.equal(sim.callback.received.length, 1)
})

test('a page sends for its account, in form style too, and reacts with love alone', async () => {
  await using sim = await startTestSimulator()
  const token = await connectPage(sim)
  const { igsid, mid } = await personWrites(sim, { account: CASA.key })
  const form = new URLSearchParams({
    recipient: JSON.stringify({ id: igsid }),
    message: JSON.stringify({ text: 'Olá' }),
  })
  const sent = await sim.facebook('POST', `/v25.0/${CASA.pageId}/messages`, token, form)
  assert.equal(sent.status, 200)
  assert.equal(
    refusalOf(await sim.facebook('POST', `/v25.0/${CASA.id}/messages`, token, form)),
    '100/33',
  )
  const react = { recipient: { id: igsid }, sender_action: 'react' }
  const other = { ...react, payload: { message_id: mid, reaction: '🌿' } }
  assert.equal(refusalOf(await sim.facebook('POST', '/v25.0/me/messages', token, other)), '100')
  const love = { ...react, payload: { message_id: mid, reaction: 'love' } }
  assert.equal((await sim.facebook('POST', '/v25.0/me/messages', token, love)).status, 200)
})
