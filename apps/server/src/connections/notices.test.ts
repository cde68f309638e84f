import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import { Secret } from '@parley/instagram/secret.ts'
import { sendNotices } from '#alerts/send-notices.ts'
import { destroyLateCandidates } from '#connect/destroy-late-candidates.ts'
import { makeReconnectLink } from '#connect/make-reconnect-link.ts'
import { sql } from '#ports/database.ts'
import { openMail } from '#ports/mail.ts'
import type { SendMail } from '#ports/mail.ts'
import { answerJson, pass, testConnectWorld } from '#testing/test-connect.ts'
import type { Json, TestConnectWorld } from '#testing/test-connect.ts'
import { testMail } from '#testing/test-mail.ts'
import { refreshDue } from '#tokens/refresh-due.ts'
import { watchDataAccess, watchExpiry } from '#tokens/watch-expiry.ts'
import { checkConnections } from './check-connections.ts'

const HOUR_MS = 3_600_000
const EVERYBODY = { tenants: null }
const DAY_MS = 24 * HOUR_MS
const CONTACT = 'owner@clinic.example'

/** A connection whose tenant reads mail at `CONTACT`. */
async function openWorld() {
  const world = await testConnectWorld()
  await pass(world, 0)
  const mails = await testMail()
  const body = {
    name: 'Clinic',
    returnUrls: ['https://app.example/settings'],
    contactEmail: CONTACT,
  }
  await world.call('PUT', '/v1/tenants/clinic', { body, headers: world.asHost })
  const send = openMail({ url: new Secret(mails.url), from: 'Parley <parley@example.org>' })
  return {
    world,
    mails: mails.mails,
    /** What the worker does every two seconds. */
    post: async (by: SendMail | undefined = send) => {
      const makeLink = async (key: { tenantId: string; connectionId: string }) =>
        await makeReconnectLink(world.ports, key)
      await sendNotices(world.ports, by, makeLink, async () => [])
      await sleep(20)
    },
    async [Symbol.asyncDispose]() {
      await mails[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
    },
  }
}

const alerts = async (world: TestConnectWorld, query = ''): Promise<Json[]> =>
  (await world.call('GET', `/v1/alerts${query}`, { headers: world.asHost })).json.data

/** Mail wraps long lines; what it says is what a reader sees. */
const read = (raw: string): string => raw.replaceAll('=\r\n', '').replaceAll('=3D', '=')

test('a lost connection is told once, with a link that reconnects it, and so is its return', async () => {
  await using stage = await openWorld()
  const { world, mails, post } = stage
  const { id } = await world.connected()
  await pass(world, DAY_MS)
  await world.control('/tokens/revoke', { account: 'lumen.chiro', subcode: 460 })
  for (let round = 0; round < 3; round += 1) {
    await checkConnections(world.ports, EVERYBODY)
    await post()
    await pass(world, HOUR_MS)
  }
  assert.equal(mails.length, 1)
  assert.deepEqual(mails[0]?.to, [CONTACT])
  const text = read(mails[0]?.raw ?? '')
  assert.match(text, /@lumen\.chiro is disconnected from Instagram: The password was changed/)
  const link = /http:\/\/localhost:3000\/connect\/\S+/.exec(text)?.[0]
  assert.ok(link, text)

  const [open] = await alerts(world, '?state=open')
  assert.equal(open.kind, 'connection_lost')
  assert.equal(open.connectionId, id)
  assert.equal(open.severity, 'critical')

  const { location } = await world.walk(link)
  const confirm = { headers: world.asHost, body: {} }
  assert.ok(location)
  const waiting = await world.find(id)
  assert.equal(waiting.status, 'needs_reauth', 'a forwarded link makes nothing live')
  assert.equal((await world.call('POST', `/v1/connections/${id}/confirm`, confirm)).status, 200)
  assert.equal((await world.find(id)).status, 'active')
  await post()
  assert.equal(mails.length, 2)
  assert.match(read(mails[1]?.raw ?? ''), /Subject: @lumen\.chiro is connected again/)
  assert.deepEqual(await alerts(world, '?state=open'), [])
})

test('a reconnect link used twice is refused: nothing is written but one line of the audit log', async () => {
  await using stage = await openWorld()
  const { world, mails, post } = stage
  await world.connected()
  await pass(world, DAY_MS)
  await world.control('/tokens/revoke', { account: 'lumen.chiro', subcode: 460 })
  await checkConnections(world.ports, EVERYBODY)
  await post()
  const link = /http:\/\/localhost:3000\/connect\/\S+/.exec(read(mails[0]?.raw ?? ''))?.[0] ?? ''
  await world.walk(link)
  const rows = async (): Promise<unknown> =>
    await Promise.all(
      ['connect_sessions', 'oauth_states', 'connections', 'grants', 'host_events'].map(
        async (table) =>
          await world.ports.db.many({ text: `select * from ${table}`, values: [], name: '' }),
      ),
    )
  const before = await rows()
  const lines = (await world.audit()).length
  for (const browser of [world.newBrowser(), world.newBrowser()]) {
    const refused = await browser.open(link)
    assert.equal(refused.status, 410)
    assert.match(refused.text, /connect\/link-expired/)
    assert.equal((await browser.press(link, {})).status, 410)
  }
  assert.deepEqual(await rows(), before)
  const added = (await world.audit()).slice(lines)
  assert.deepEqual(
    added.map(({ action, detail }) => [action, detail]),
    [['connect.link_refused', { reason: 'used' }]],
  )
})

/** Lost, and approved anew by the link of the mail: what the browser that did it was shown last. */
async function approveByMail(stage: Awaited<ReturnType<typeof openWorld>>) {
  const { world, mails, post } = stage
  await world.call('PUT', '/v1/tenants/clinic', {
    body: { name: 'Clinic', contactEmail: CONTACT },
    headers: world.asHost,
  })
  const browser = world.newBrowser()
  const { url } = await world.session()
  await world.walk(url, {}, browser)
  const [{ id }] = (await world.call('GET', '/v1/connections', { headers: world.asHost })).json.data
  await pass(world, DAY_MS)
  await world.control('/tokens/revoke', { account: 'lumen.chiro', subcode: 460 })
  await checkConnections(world.ports, EVERYBODY)
  await post()
  const link = /http:\/\/localhost:3000\/connect\/\S+/.exec(
    read(mails.splice(0)[0]?.raw ?? ''),
  )?.[0]
  assert.ok(link)
  const { location } = await world.walk(link, {}, browser)
  assert.match(location?.pathname ?? '', /^\/connect\/result\//)
  const look = async () => (await browser.open(location?.href ?? '')).text
  return { id: String(id), look }
}

test('a login by a mailed link is seen to wait, and somebody is told to confirm it', async () => {
  await using stage = await openWorld()
  const { world, mails, post } = stage
  const { id, look } = await approveByMail(stage)
  assert.match(await look(), /Approved, not connected yet/)
  assert.match(await look(), /<strong>Clinic<\/strong> still has to confirm/)
  assert.doesNotMatch(await look(), /Instagram connected/)

  const seen = await world.find(id)
  const grants = seen.grants.map((grant: Json) => grant.status)
  assert.deepEqual([seen.status, grants], ['needs_reauth', ['needs_reauth', 'pending']])
  const open = await alerts(world, '?state=open')
  assert.deepEqual(
    open.map(({ kind, connectionId }) => [kind, connectionId]),
    [
      ['confirmation_waiting', id],
      ['connection_lost', id],
    ],
  )
  const until = new Date(world.ports.clock.now() + DAY_MS).toISOString()
  assert.match(open[0].hint, new RegExp(`before ${until.slice(0, 16).replace('T', ' ')} UTC`))
  await post()
  const told = read(mails.splice(0)[0]?.raw ?? '')
  assert.match(told, /Subject: Somebody approved access to @lumen\.chiro/)
  assert.doesNotMatch(told, /\/connect\//, 'who approved needs no second link')
  const events = await world.call('GET', '/v1/host-events?type=connection.pending', {
    headers: world.asHost,
  })
  const [event, ...others] = events.json.data
  assert.equal(others.length, 0)
  assert.deepEqual(
    [event.data.connectionId, event.data.account.username, event.data.confirmUntil],
    [id, 'lumen.chiro', until],
  )

  const confirm = { headers: world.asHost, body: {} }
  assert.equal((await world.call('POST', `/v1/connections/${id}/confirm`, confirm)).status, 200)
  assert.match(await look(), /Instagram connected/)
  assert.deepEqual(await alerts(world, '?state=open'), [])
  await post()
  assert.deepEqual(
    mails.map(({ raw }) => /Subject: (.*)/.exec(raw)?.[1]?.trim()),
    ['@lumen.chiro is connected again'],
  )
})

test('a login by a mailed link that nobody confirms ends, and so does what asked for it', async () => {
  await using stage = await openWorld()
  const { world, mails, post } = stage
  const { id, look } = await approveByMail(stage)
  await post()
  mails.splice(0)
  await pass(world, DAY_MS - 1)
  await destroyLateCandidates(world.ports)
  assert.equal((await world.find(id)).grants.length, 2)
  await pass(world, 1)
  await destroyLateCandidates(world.ports)
  assert.match(await look(), /This login has ended/)
  const open = await alerts(world, '?state=open')
  assert.deepEqual(
    open.map(({ kind }) => kind),
    ['connection_lost'],
  )
  await post()
  assert.equal(mails.length, 0)
})

test('a connection that cannot be refreshed is told of at 14, 7, 3 and 1 days, and when it ends', async () => {
  await using stage = await openWorld()
  const { world, mails, post } = stage
  const { id } = await world.connected()
  world.intercepts.push((request) => {
    if (request.url.includes('/refresh_access_token')) throw new HttpFailure('not_connected')
    return undefined
  })
  const told: [number, string][] = []
  for (let hours = 0; hours <= 62 * 24; hours += 12) {
    await refreshDue(world.ports, { tenants: null })
    await checkConnections(world.ports, EVERYBODY)
    await watchExpiry(world.ports)
    await post()
    for (const { raw } of mails.splice(0)) {
      told.push([hours / 24, /Subject: (.*)/.exec(raw)?.[1] ?? ''])
    }
    await pass(world, 12 * HOUR_MS)
  }
  assert.deepEqual(
    told.map(([day]) => Math.round(60 - day)),
    [14, 7, 3, 1, 0],
  )
  assert.match(told[0]?.[1] ?? '', /Access to @lumen\.chiro ends on/)
  assert.match(told[4]?.[1] ?? '', /is disconnected/)
  const after = await world.find(id)
  assert.deepEqual([after.status, after.reason], ['needs_reauth', 'expired'])
})

test('other days may be set; with none the loss itself is still told', async () => {
  await using stage = await openWorld()
  const { world } = stage
  await world.connected()
  await world.ports.db.run(
    sql`update grants set data_access_expires_at = ${new Date(world.ports.clock.now() + 50 * DAY_MS)}`,
  )
  const watchWith = async (days: readonly number[]): Promise<string[]> => {
    const alertsOf = { ...world.ports.config.alerts, tokenDays: days, dataAccessDays: days }
    const ports = { ...world.ports, config: { ...world.ports.config, alerts: alertsOf } }
    await watchExpiry(ports)
    await watchDataAccess(ports)
    return (await alerts(world, '?state=open')).map(({ kind }): string => kind).toSorted()
  }
  await pass(world, 49 * DAY_MS)
  assert.deepEqual(await watchWith([]), [])
  assert.deepEqual(await watchWith([5]), ['data_access_expiring'])
  await pass(world, 6 * DAY_MS)
  assert.deepEqual(await watchWith([5]), ['connection_expiring', 'data_access_expiring'])
  await pass(world, 6 * DAY_MS)
  assert.deepEqual(await watchWith([]), ['connection_lost', 'data_access_expiring'])
})

test('the end of the permission to read data is told of, and nothing is marked as lost', async () => {
  await using stage = await openWorld()
  const { world, mails, post } = stage
  const page = { login: 'facebook', pageId: '134895793791901' }
  const { id } = await world.connected(page, { login: 'facebook' })
  const endsAtMs = world.ports.clock.now() + 90 * DAY_MS
  await world.ports.db.run(
    sql`update grants set data_access_expires_at = ${new Date(endsAtMs)} where connection_id = ${id}`,
  )
  const told: number[] = []
  for (let day = 70; day < 91; day += 1) {
    world.ports.clock.set(endsAtMs - (90 - day) * DAY_MS)
    await watchDataAccess(world.ports)
    await post()
    if (mails.splice(0).length > 0) told.push(90 - day)
  }
  assert.deepEqual(told, [14, 7, 3, 1])
  assert.equal((await world.find(id)).status, 'active')
})

test('a fresh login ends no warning about the other one', async () => {
  await using stage = await openWorld()
  const { world, mails, post } = stage
  const page = { login: 'facebook', pageId: '134895793791901' }
  const { id } = await world.connected(page, { login: 'facebook' })
  await world.ports.db.run(sql`
    update grants set data_access_expires_at = ${new Date(world.ports.clock.now() + 10 * DAY_MS)}`)
  await watchDataAccess(world.ports)
  await post()
  const subjects = (): string[] =>
    mails.splice(0).map(({ raw }) => /Subject: (.*)/.exec(raw)?.[1]?.trim() ?? '')
  assert.match(subjects().join(), /permission_to_read_data/)
  const kinds = async () => (await alerts(world, '?state=open')).map(({ kind }) => kind)

  await world.connected({ connectionId: id, login: 'instagram' }, { account: 'casa.verde' })
  await watchDataAccess(world.ports)
  await post()
  assert.deepEqual([subjects(), await kinds()], [[], ['data_access_expiring']])

  await world.connected({ ...page, connectionId: id }, { login: 'facebook' })
  await watchDataAccess(world.ports)
  await post()
  assert.deepEqual([subjects(), await kinds()], [['@casa.verde is well again'], []])
})

test('a fresh login that is not in use subscribes nothing, and ends no warning that nothing is subscribed', async () => {
  await using stage = await openWorld()
  const { world, mails, post } = stage
  const { id } = await world.connected({}, { account: 'casa.verde' })
  let isRefusing = true
  world.intercepts.push((request) =>
    isRefusing && request.url.includes('/subscribed_apps')
      ? answerJson(200, request.method === 'GET' ? { data: [] } : { success: true })
      : undefined,
  )
  await pass(world, DAY_MS)
  await checkConnections(world.ports, EVERYBODY)
  await post()
  assert.equal(mails.splice(0).length, 1)
  const kinds = async () => (await alerts(world, '?state=open')).map(({ kind }) => kind)
  assert.deepEqual(await kinds(), ['not_subscribed'])

  const page = { login: 'facebook', pageId: '134895793791901', connectionId: id }
  await world.connected(page, { login: 'facebook' })
  await post()
  assert.deepEqual([mails.length, await kinds()], [0, ['not_subscribed']])

  isRefusing = false
  await world.connected({ connectionId: id, login: 'instagram' }, { account: 'casa.verde' })
  await post()
  assert.deepEqual([mails.length, await kinds()], [1, []])
})

test('a trouble that heals before anybody was told stays silent', async () => {
  await using stage = await openWorld()
  const { world, mails, post } = stage
  const { id } = await world.connected()
  await pass(world, DAY_MS)
  await world.control('/tokens/revoke', { account: 'lumen.chiro', subcode: 460 })
  await checkConnections(world.ports, EVERYBODY)
  await world.connected({ connectionId: id })
  await post()
  assert.equal(mails.length, 0)
  assert.deepEqual(await alerts(world, '?state=open'), [])
  assert.equal((await alerts(world)).length, 1)
})

test('a mail server that is busy is asked again, and the mail comes once', async () => {
  await using stage = await openWorld()
  const { world, post } = stage
  await using busy = await testMail({ refusals: 2 })
  const send = openMail({ url: new Secret(busy.url), from: 'parley@example.org' })
  await world.connected()
  await pass(world, DAY_MS)
  await world.control('/tokens/revoke', { account: 'lumen.chiro', subcode: 460 })
  await checkConnections(world.ports, EVERYBODY)
  for (let round = 0; round < 6; round += 1) {
    await post(send)
    await pass(world, 10 * 60_000)
  }
  assert.equal(busy.mails.length, 1)
})

test('when two logins serve one account, losing one of them is no alert', async () => {
  await using stage = await openWorld()
  const { world, mails, post } = stage
  const { id } = await world.connected({}, { account: 'casa.verde' })
  const page = { login: 'facebook', pageId: '134895793791901', connectionId: id }
  await world.connected(page, { login: 'facebook' })
  await pass(world, DAY_MS)
  world.intercepts.push((request) =>
    request.url.includes('graph.instagram.com')
      ? answerJson(400, { error: { message: 'x', type: 'x', code: 190, error_subcode: 460 } })
      : undefined,
  )
  await checkConnections(world.ports, EVERYBODY)
  await post()
  assert.equal((await world.find(id)).status, 'active')
  assert.deepEqual([mails.length, (await alerts(world)).length], [0, 0])
})

test('alerts of another tenant are not seen, and nobody sees them without signing in', async () => {
  await using stage = await openWorld()
  const { world } = stage
  await world.connected()
  await pass(world, DAY_MS)
  await world.control('/tokens/revoke', { account: 'lumen.chiro' })
  await checkConnections(world.ports, EVERYBODY)
  const key = await world.call('POST', '/v1/api-keys', {
    body: { name: 'shop', tenantId: 'shop', scopes: ['connections:read'] },
    headers: world.asHost,
  })
  const headers = { authorization: `Bearer ${key.json.secret}` }
  assert.deepEqual((await world.call('GET', '/v1/alerts', { headers })).json.data, [])
  const other = await world.call('GET', '/v1/alerts?tenantId=clinic', { headers })
  assert.equal(other.status, 404)
  assert.equal((await world.call('GET', '/v1/alerts')).status, 401)
  assert.equal(
    (await world.call('GET', '/v1/alerts?state=both', { headers: world.asHost })).status,
    400,
  )
})
