import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CASA, LUMEN, connectInstagram, connectPage, personWrites } from '#testing/connect.ts'
import { INSTAGRAM_APP, at, startTestSimulator } from '#testing/test-simulator.ts'
import type { TestSimulator } from '#testing/test-simulator.ts'
import type { Received } from '#testing/callback-server.ts'
import { signWebhookBody } from './webhook-body.ts'

const HOUR_MS = 3_600_000
const itemOf = (received: Received | undefined, ...path: (string | number)[]) =>
  at(JSON.parse(received?.body ?? '{}'), 'entry', 0, ...path)

const deliveries = async (sim: TestSimulator) =>
  at(await sim.control('GET', '/webhooks'), 'deliveries')

async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise((resolve) => void setTimeout(resolve, 20))
}

test('a message arrives with the three ids in their places, signed with the app’s secret', async () => {
  await using sim = await startTestSimulator()
  await connectInstagram(sim)
  const { igsid, mid } = await personWrites(sim, { person: 'zoe', text: 'Olá 🌸 a/b' })
  const [received] = await sim.callback.waitFor(1)
  assert.equal(itemOf(received, 'id'), LUMEN.id)
  assert.equal(itemOf(received, 'messaging', 0, 'sender', 'id'), igsid)
  assert.equal(itemOf(received, 'messaging', 0, 'recipient', 'id'), LUMEN.id)
  assert.deepEqual(itemOf(received, 'messaging', 0, 'message'), { mid, text: 'Olá 🌸 a/b' })
  assert.ok(Number(itemOf(received, 'messaging', 0, 'timestamp')) > 1e12)
  assert.match(received?.body ?? '', /Ol\\u00e1 \\ud83c\\udf38 a\\\/b/)
  assert.equal(received?.signature, signWebhookBody(received?.body ?? '', INSTAGRAM_APP.secret))
})

test('nothing is delivered without subscription, permission, field or a live app', async () => {
  await using sim = await startTestSimulator()
  const told = async () =>
    at(
      await sim.control('POST', '/people/ana/messages', { account: LUMEN.key, text: 'a' }),
      'deliveredTo',
    )
  assert.deepEqual(await told(), [])
  await connectInstagram(sim)
  assert.deepEqual(await told(), ['instagram'])
  await sim.control('POST', '/switches', { instagramAppMode: 'development' })
  assert.deepEqual(await told(), [])
  await sim.control('POST', '/switches', { instagramAppMode: 'live' })
  await sim.control('POST', '/apps', { instagram: { fields: ['comments'] } })
  assert.deepEqual(await told(), [])
  await sim.control('POST', '/apps', { instagram: { fields: ['messages'] } })
  const permission = {
    account: LUMEN.key,
    app: 'instagram',
    permission: 'instagram_business_manage_messages',
  }
  await sim.control('POST', '/tokens/permission', { ...permission, granted: false })
  assert.deepEqual(await told(), [])
})

test('a failed delivery is tried again at once, and succeeds when the callback is back', async () => {
  await using sim = await startTestSimulator()
  await connectInstagram(sim)
  sim.callback.answers.push(500, 503, 404)
  await personWrites(sim)
  await sim.callback.waitFor(4)
  await until(async () => at(await deliveries(sim), 0, 'state') === 'delivered')
  assert.equal(at(await deliveries(sim), 0, 'attempts', 'length'), 4)
  assert.equal(new Set(sim.callback.received.map(({ body }) => body)).size, 1)
})

test('later tries run on the simulated clock', async () => {
  await using sim = await startTestSimulator()
  await connectInstagram(sim)
  sim.callback.answers.push(...Array.from({ length: 6 }, () => 500))
  await personWrites(sim)
  await sim.callback.waitFor(4)
  await until(async () => at(await deliveries(sim), 0, 'nextAttemptAtMs') !== null)
  await sim.control('POST', '/clock', { advanceMs: 2000 })
  await sim.callback.waitFor(5)
  assert.equal(at(await deliveries(sim), 0, 'state'), 'retrying')
})

test('an account whose webhooks fail for an hour loses its subscription', async () => {
  await using sim = await startTestSimulator()
  await connectInstagram(sim)
  sim.callback.answers.push(...Array.from({ length: 50 }, () => 500))
  await personWrites(sim)
  await sim.callback.waitFor(4)
  const isConnected = async () => at(await sim.control('GET', '/state'), 'accounts', 0, 'connected')
  assert.equal(await isConnected(), true)
  await until(async () => at(await deliveries(sim), 0, 'nextAttemptAtMs') !== null)
  await sim.control('POST', '/clock', { advanceMs: HOUR_MS })
  await until(async () => (await isConnected()) === false)
})

test('the echo comes after the answer, before it, or not at all', async () => {
  await using sim = await startTestSimulator()
  const token = await connectInstagram(sim)
  const { igsid } = await personWrites(sim)
  await sim.callback.waitFor(1)
  const send = (words: string) =>
    sim.instagram('POST', '/v25.0/me/messages', token, {
      recipient: { id: igsid },
      message: { text: words },
    })
  await sim.control('POST', '/switches', { echoDelayMs: 1_000 })
  const sent = await send('after')
  assert.equal(sim.callback.received.length, 1)
  const echo = itemOf((await sim.callback.waitFor(2))[1], 'messaging', 0)
  assert.equal(at(echo, 'sender', 'id'), LUMEN.id)
  assert.equal(at(echo, 'recipient', 'id'), igsid)
  assert.deepEqual(at(echo, 'message'), {
    mid: at(sent.json, 'message_id'),
    is_echo: true,
    app_id: Number(INSTAGRAM_APP.id),
    text: 'after',
  })
  await sim.control('POST', '/switches', { echo: 'before' })
  await send('before')
  assert.equal(sim.callback.received.length, 3)
  await sim.control('POST', '/switches', { echo: 'off' })
  await send('off')
  await personWrites(sim)
  await sim.callback.waitFor(4)
  assert.doesNotMatch(sim.callback.received[3]?.body ?? '', /is_echo/)
})

test('what the owner types by hand is echoed without an app', async () => {
  await using sim = await startTestSimulator()
  await connectInstagram(sim)
  await sim.control('POST', `/accounts/${LUMEN.key}/messages`, { person: 'ana', text: 'by hand' })
  await sim.control('POST', `/accounts/${LUMEN.key}/messages`, {
    person: 'self',
    text: 'to myself',
  })
  const received = await sim.callback.waitFor(2)
  const [first, second] = received.map((one) => itemOf(one, 'messaging', 0, 'message'))
  assert.equal(at(first, 'is_echo'), true)
  assert.equal(at(first, 'app_id'), undefined)
  assert.equal(at(second, 'is_self'), true)
})

test('deliveries can come twice, reversed, together or later', async () => {
  await using sim = await startTestSimulator()
  await connectInstagram(sim)
  await sim.control('POST', '/switches', { webhookDuplicate: true })
  await personWrites(sim)
  const twice = await sim.callback.waitFor(2)
  assert.equal(twice[0]?.body, twice[1]?.body)
  await sim.control('POST', '/switches', { webhookDuplicate: false, webhookHold: true })
  const mids = [await personWrites(sim), await personWrites(sim)].map(({ mid }) => mid)
  await sim.control('POST', '/webhooks/release', { reverse: true })
  const reversed = (await sim.callback.waitFor(4)).slice(2)
  assert.deepEqual(
    reversed.map((one) => itemOf(one, 'messaging', 0, 'message', 'mid')),
    mids.toReversed(),
  )
  await personWrites(sim)
  await personWrites(sim)
  await sim.control('POST', '/webhooks/release', { batch: true })
  const [, , , , batch] = await sim.callback.waitFor(5)
  assert.equal(at(JSON.parse(batch?.body ?? '{}'), 'entry', 'length'), 2)
})

test('a new message may bring an edit that is none', async () => {
  await using sim = await startTestSimulator()
  await connectInstagram(sim)
  await sim.control('POST', '/switches', { editCompanion: 'instead' })
  const { mid } = await personWrites(sim)
  const [received] = await sim.callback.waitFor(1)
  const item = itemOf(received, 'messaging', 0)
  assert.deepEqual(at(item, 'message_edit'), { mid, num_edit: 0 })
  assert.equal(at(item, 'sender'), undefined)
})

test('with another owner of the thread, the message comes in standby', async () => {
  await using sim = await startTestSimulator()
  await connectInstagram(sim)
  await sim.control('POST', '/switches', { routing: 'other_app_owns' })
  await personWrites(sim)
  const [received] = await sim.callback.waitFor(1)
  assert.equal(itemOf(received, 'messaging'), undefined)
  assert.equal(itemOf(received, 'standby', 'length'), 1)
})

test('an account behind a page is announced by its Instagram id', async () => {
  await using sim = await startTestSimulator()
  await connectPage(sim)
  await personWrites(sim, { account: CASA.key })
  const [received] = await sim.callback.waitFor(1)
  assert.equal(itemOf(received, 'id'), CASA.id)
  assert.equal(received?.signature, signWebhookBody(received?.body ?? '', 'fb-secret'))
})

test('a callback must answer the challenge and nothing else', async () => {
  await using sim = await startTestSimulator()
  const wrong = { callbackUrl: `${sim.simulator.url}/simulator/state`, verifyToken: 't' }
  const reply = await sim.control('POST', '/apps', { webhook: wrong, patienceMs: 0 })
  assert.match(String(at(reply, 'error')), /challenge/)
})

test('any body can be sent signed: the dashboard test, and what nobody understands', async () => {
  await using sim = await startTestSimulator()
  await sim.control('POST', '/webhooks', { dashboardTest: 'changes' })
  await sim.control('POST', '/webhooks', { raw: 'not json' })
  await sim.control('POST', '/switches', { signWith: 'wrong' })
  await sim.control('POST', '/webhooks', { body: { object: 'instagram', entry: [] } })
  const [dashboard, raw, forged] = await sim.callback.waitFor(3)
  assert.equal(itemOf(dashboard, 'changes', 0, 'value', 'timestamp'), '1527459824')
  assert.equal(raw?.signature, signWebhookBody('not json', INSTAGRAM_APP.secret))
  assert.notEqual(forged?.signature, signWebhookBody(forged?.body ?? '', INSTAGRAM_APP.secret))
})
