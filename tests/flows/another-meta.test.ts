import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Browser } from '@parley/bench/browser.ts'
import { bodyOf, lineOf, signatureOf } from '@parley/bench/line.ts'
import { startStandInProcess } from '@parley/bench/stand-in-client.ts'
import { accountId, APP_ID, APP_SECRET, appScopedId } from '@parley/bench/world.ts'
import { testDatabase } from '@parley/server/testing/test-database.ts'
import { ApiClient } from '#support/api-client.ts'
import { eventually } from '#support/eventually.ts'
import { liveSettings } from '#support/live-settings.ts'
import { freePort, spawnParley, statusOf, workFolder } from '#support/spawn-parley.ts'

const ACCOUNT = 7
const world = { firstAccount: ACCOUNT, accounts: 1, conversations: 2 }
const plan = { run: 'other0', world }

const answering = {
  responder: 'flow',
  quietMs: 0,
  agent: null,
  host: null,
  flow: {
    version: 1,
    start: 'echo',
    steps: { echo: { type: 'message', text: 'You said: {{text}}', next: null } },
  },
}

/** The stand-in shares no line with the simulator: what works here works by the settings alone. */
test('with credentials and five other addresses the same program talks to another Meta', async (t) => {
  await using folder = workFolder()
  await using database = await testDatabase()
  await using meta = await startStandInProcess()
  const simulatorPort = String(await freePort())
  const env = {
    ...liveSettings(),
    ...meta.settings,
    INSTAGRAM_APP_ID: APP_ID,
    INSTAGRAM_APP_SECRET: APP_SECRET,
    DATABASE_URL: database.url,
    SIMULATOR_PORT: simulatorPort,
  }
  await using parley = await spawnParley({ folder: folder.path, args: ['start'], env })
  await parley.ready()
  const url = `http://localhost:${new URL(parley.url).port}`
  const api = new ApiClient(url, env.PARLEY_API_KEY)

  await t.test('it is not the demo: no simulator, no seed, no made-up secrets', async () => {
    await eventually('the greeting', async () => parley.printed().includes('Parley is running'))
    assert.doesNotMatch(parley.printed(), /demo|simulated|Phone/)
    assert.equal(await statusOf(`http://127.0.0.1:${simulatorPort}/`), 0)
    assert.equal(existsSync(join(folder.path, '.parley/demo-secrets.json')), false)
    assert.deepEqual((await api.take<{ data: unknown[] }>('GET', '/v1/tenants')).data, [])
  })

  let connectionId = ''
  await t.test('an account connects by the whole way of its owner', async () => {
    await api.take('PUT', '/v1/tenants/clinic', { name: 'Clinic', defaultAutomation: answering })
    const session = await api.take<{ url: string }>('POST', '/v1/connect-sessions', {
      tenantId: 'clinic',
      login: 'instagram',
    })
    const browser = new Browser()
    browser.setCookie(meta.url, 'stand_in_account', accountId(ACCOUNT))
    const link = await browser.open(session.url)
    assert.match(link.body, /<strong>Clinic<\/strong>/)
    const back = await browser.submit(link)
    assert.match(back.body, /Instagram connected/)
    const returned = new URL(back.url).searchParams
    assert.equal(returned.get('connected'), '1')
    connectionId = returned.get('connection_id') ?? ''
    const connection = await api.take<{
      status: string
      account: { id: string }
      webhook: { subscribed: boolean }
    }>('GET', `/v1/connections/${connectionId}`)
    assert.equal(connection.status, 'active')
    assert.equal(connection.webhook.subscribed, true)
    // `user_id`, never the app-scoped `id`.
    assert.equal(connection.account.id, accountId(ACCOUNT))
    assert.notEqual(connection.account.id, appScopedId(ACCOUNT))
  })

  await t.test(
    'a signed line is answered where it came from; a wrongly signed one is not',
    async () => {
      const deliver = async (n: number, secret: string): Promise<number> => {
        const body = bodyOf(lineOf(plan, n), Date.now())
        const signature = { 'x-hub-signature-256': signatureOf(secret, body) }
        const answer = await new ApiClient(url).call('POST', '/webhooks/instagram', body, signature)
        return answer.status
      }
      assert.equal(await deliver(1, 'another-secret'), 401)
      assert.equal(await deliver(0, APP_SECRET), 200)
      const { igsid, text, accountId: account } = lineOf(plan, 0)
      const shown = await eventually('the answer is shown', async () => {
        const record = await meta.record()
        return record.shown.length > 0 && record.shown
      })
      assert.deepEqual(
        shown.map((message) => [message.accountId, message.igsid, message.text]),
        [[account, igsid, `You said: ${text}`]],
      )
      const conversations = await api.take<{ data: { id: string; person: { igsid: string } }[] }>(
        'GET',
        `/v1/conversations?connectionId=${connectionId}`,
      )
      assert.deepEqual(
        conversations.data.map(({ person }) => person.igsid),
        [igsid],
      )
    },
  )

  await t.test('Meta’s check of the callback is answered with its challenge', async () => {
    const check = async (token: string) => {
      const query = new URLSearchParams({
        'hub.mode': 'subscribe',
        'hub.verify_token': token,
        'hub.challenge': '1158201444',
      })
      return await new ApiClient(url).call('GET', `/webhooks/instagram?${query.toString()}`)
    }
    const good = await check(env.INSTAGRAM_WEBHOOK_VERIFY_TOKEN)
    assert.deepEqual([good.status, good.text], [200, '1158201444'])
    assert.equal((await check('guessed')).status, 403)
  })
})
