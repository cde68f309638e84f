import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@parley/instagram/secret.ts'
import { createApp } from '#app.ts'
import type { Config } from '#config.ts'
import { sql } from '#ports/database.ts'
import { openMail } from '#ports/mail.ts'
import { Measures } from '#ports/measures.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { Json, TestConnectWorld } from '#testing/test-connect.ts'
import { testMail } from '#testing/test-mail.ts'
import { signedForm } from '#testing/signed-form.ts'
import { delivery, eventually, testPipeline } from '#testing/pipeline.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import { testConfig, testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { replayDelivery } from '#webhooks/replay-delivery.ts'
import { forgetAlerts } from './forget-alerts.ts'
import { listAlerts } from './list-alerts.ts'
import { sendNotices } from './send-notices.ts'
import { watchMeasures } from './watch-measures.ts'
import { writeMeasures } from './write-measures.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** `/me.id` of lumen.chiro in the box. */
const LUMEN = '28978671838402973'
const WRONG = `sha256=${'0'.repeat(64)}`

const withAlerts = (alerts: Partial<Config['alerts']>): Partial<Config> => ({
  alerts: { ...testConfig().alerts, ...alerts },
})

/** What every process does each minute: two workers look at the same moment, and once more. */
async function look(ports: TestPorts): Promise<void> {
  await writeMeasures(ports)
  await Promise.all([watchMeasures(ports), watchMeasures(ports)])
  await watchMeasures(ports)
}

const open = async (world: TestConnectWorld, headers = world.asHost): Promise<Json[]> =>
  (await world.call('GET', '/v1/alerts?state=open', { headers })).json.data

const kinds = (alerts: readonly Json[]): string[] =>
  alerts.map(({ kind }): string => kind).toSorted()

/** Everybody was told of what is open. */
const tellAll = async ({ ports }: TestConnectWorld): Promise<void> => {
  await ports.db.run(sql`update notices set state = 'sent' where state = 'queued'`)
}

/** Whose alerts were told to be over, and of which kind. */
const toldEnds = async ({ ports }: TestConnectWorld): Promise<(string | null)[][]> => {
  const ends = await ports.db.many<{ tenant_id: string | null; kind: string }>(sql`
    select a.tenant_id, a.kind from notices n join alerts a on a.id = n.alert_id
    where n.what = 'resolved' order by n.id`)
  return ends.map(({ tenant_id: tenantId, kind }) => [tenantId, kind])
}

/** Writes the mails that are due: three workers do. */
async function postMails({ ports }: TestConnectWorld, url: string): Promise<void> {
  const send = openMail({ url: new Secret(url), from: 'parley@example.org' })
  const none = async (): Promise<undefined> => undefined
  const own = async (): Promise<readonly string[]> => ports.config.alerts.mailTo
  await Promise.all([1, 2, 3].map(async () => await sendNotices(ports, send, none, own)))
}

/** A connected account, and nothing counted yet. */
async function openWorld(config: Partial<Config> = {}) {
  const world = await testConnectWorld({ config })
  const { id } = await world.connected()
  world.ports.measures.take()
  const call = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n += 1) {
      const path = `/v1/connections/${id}/graph/me?fields=username`
      await world.call('GET', path, { headers: world.asHost })
    }
  }
  return { world, id, call }
}

/** A key that is bound to the clinic. */
async function tenantKey(world: TestConnectWorld): Promise<{ authorization: string }> {
  const body = { name: 'clinic', tenantId: 'clinic', scopes: ['connections:read'] }
  const key = await world.call('POST', '/v1/api-keys', { body, headers: world.asHost })
  return { authorization: `Bearer ${key.json.secret}` }
}

const fail = async (world: TestConnectWorld, times: number): Promise<void> => {
  await world.control('/faults', { host: 'graph.instagram.com', times, error: { code: 2 } })
}

test('five failed calls of twenty are told to the tenant and to the installation, once each, and so is their end', async () => {
  await using mails = await testMail()
  const { world, id, call } = await openWorld(withAlerts({ mailTo: ['ops@parley.example'] }))
  await using _ = world
  await fail(world, 5)
  await call(20)
  await look(world.ports)
  const alerts = await open(world)
  assert.deepEqual(kinds(alerts), ['error_rate', 'error_rate'])
  const own = alerts.find(({ connectionId }) => connectionId === id)
  assert.equal(own?.tenantId, 'clinic')
  assert.equal(own.message, '5 of 20 calls at Meta for @lumen.chiro failed within an hour.')
  assert.match(own.hint, /Open the connection/)
  const app = alerts.find(({ tenantId }) => tenantId === null)
  assert.match(app?.message, /^5 of 20 calls at Meta for the Meta app 1000000000000001 failed/)

  const seen = await open(world, await tenantKey(world))
  assert.deepEqual(
    seen.map((alert) => alert.id),
    [own.id],
  )
  await postMails(world, mails.url)
  await eventually('the mail', () => mails.mails.length > 0)

  // Nobody calls any more: that they succeed again nobody knows.
  world.ports.clock.advance(HOUR_MS + 1)
  await look(world.ports)
  assert.deepEqual(await open(world), [])
  await postMails(world, mails.url)
  const { raw } = await eventually('the mail of its end', () => mails.mails[1])
  const text = raw.replaceAll(/=\r?\n/g, '')
  assert.match(text, /\nFew or no calls at Meta for the Meta app 1000000000000001 failed within/)
})

test('an account that is lost takes the alerts of its counts with it, and nobody hears that they are over', async () => {
  const { world, id, call } = await openWorld()
  await using _ = world
  await fail(world, 5)
  await call(20)
  world.ports.measures.note({ kind: 'token_reads', subject: id, tenantId: 'clinic', count: 51 })
  await look(world.ports)
  assert.deepEqual(kinds(await open(world)), ['error_rate', 'error_rate', 'token_reads_unusual'])
  await tellAll(world)
  const gone = await world.call('POST', '/webhooks/meta/deauthorize', signedForm(LUMEN))
  assert.equal(gone.status, 200)
  await look(world.ports)
  assert.deepEqual(kinds(await open(world)), ['connection_lost', 'error_rate'])
  world.ports.clock.advance(HOUR_MS + 1)
  await look(world.ports)
  assert.deepEqual(kinds(await open(world)), ['connection_lost'])
  assert.deepEqual(await toldEnds(world), [[null, 'error_rate']])
})

test('fewer calls than count, failures as usual, and failures that are over are no alert', async () => {
  const { world, call } = await openWorld()
  await using _ = world
  await fail(world, 5)
  await call(19)
  await look(world.ports)
  assert.deepEqual(await open(world), [])
  world.ports.clock.advance(20 * 60_000)
  await call(20)
  await look(world.ports)
  assert.deepEqual(await open(world), [], 'they failed before, and no more')
})

test('an alert of failing calls stays until half of what opened it, and other figures may be set', async () => {
  const { world, id, call } = await openWorld(
    withAlerts({ errorRatePercent: 30, errorRateCalls: 10 }),
  )
  await using _ = world
  await fail(world, 3)
  await call(10)
  await look(world.ports)
  assert.deepEqual(await open(world), [], '30 percent is not over 30 percent')
  await fail(world, 1)
  await call(1)
  await look(world.ports)
  const [first] = await open(world)
  assert.ok(first)
  // 4 of 26: over half of 30 percent.
  await call(15)
  await look(world.ports)
  assert.deepEqual((await open(world)).map((alert) => alert.id).includes(first.id), true)
  // 4 of 27: not any more.
  await call(1)
  await look(world.ports)
  assert.deepEqual(await open(world), [])
  assert.ok(id)
})

test('what fails for everybody is told of the app, and of no connection', async () => {
  const { world, call } = await openWorld()
  await using _ = world
  const second = await world.connected({ tenantId: 'shop' }, { account: 'casa.verde' })
  world.ports.measures.take()
  await fail(world, 60)
  await call(30)
  for (let n = 0; n < 30; n += 1) {
    await world.call('GET', `/v1/connections/${second.id}/graph/me`, { headers: world.asHost })
  }
  await look(world.ports)
  const alerts = await open(world)
  assert.deepEqual(
    alerts.map(({ tenantId, kind }) => [tenantId, kind]),
    [[null, 'error_rate']],
  )
})

test('one app that is down is told once, however well the other does; what fails of the other besides is told too', async () => {
  const { world, id } = await openWorld()
  await using _ = world
  const second = await world.connected(
    { tenantId: 'shop' },
    { login: 'facebook', account: 'casa.verde', pages: ['Casa Verde'] },
  )
  const { measures } = world.ports
  measures.take()
  const count = (subject: string, [total, failed]: [number, number], tenantId?: string): void => {
    const whose = { kind: 'calls', subject, ...(tenantId !== undefined && { tenantId }) } as const
    measures.note({ ...whose, count: failed, isFailed: true })
    measures.note({ ...whose, count: total - failed })
  }
  const { instagramApp, facebookApp } = world.ports.config
  assert.ok(instagramApp && facebookApp)
  count(facebookApp.id, [49_000, 0])
  count(instagramApp.id, [1000, 1000])
  count(id, [25, 25], 'clinic')
  await look(world.ports)
  const subjects = async () =>
    new Set((await open(world)).map(({ connectionId, message }) => connectionId ?? message))
  const app = `1000 of 1000 calls at Meta for the Meta app ${instagramApp.id} failed within an hour.`
  assert.deepEqual(await subjects(), new Set([app]))
  count(second.id, [25, 25], 'shop')
  await look(world.ports)
  assert.deepEqual(await subjects(), new Set([second.id, app]))
})

test('Meta’s meter over eighty percent is told, and is over when it has room', async () => {
  const { world, id, call } = await openWorld()
  await using _ = world
  await world.control('/switches', { usagePercent: 80 })
  await call(1)
  await look(world.ports)
  assert.deepEqual(await open(world), [])
  await world.control('/switches', { usagePercent: 85 })
  await call(1)
  await look(world.ports)
  const [alert, ...others] = await open(world)
  assert.deepEqual([alert.kind, alert.connectionId, others.length], ['usage_high', id, 0])
  assert.equal(alert.message, '85 percent of what Meta allows @lumen.chiro is used up.')
  for (const [usagePercent, left] of [
    [75, 1],
    [71, 0],
  ]) {
    world.ports.clock.advance(HOUR_MS + 1)
    await world.control('/switches', { usagePercent })
    // The bucket is slow at 85 percent; its clock is the database's.
    await world.ports.db.run(sql`delete from call_budgets`)
    await call(1)
    await look(world.ports)
    assert.equal((await open(world)).length, left, `${usagePercent} percent`)
  }
})

test('eleven wrong signatures at two processes are a burst, mailed once to whom the settings name', async () => {
  await using mails = await testMail()
  const { world } = await openWorld(withAlerts({ mailTo: ['ops@parley.example'] }))
  await using _ = world
  const other = { ...world.ports, measures: new Measures() }
  const second = createApp(other)
  const knock = { method: 'POST', body: '{}', headers: { 'x-hub-signature-256': WRONG } }
  for (let n = 0; n < 10; n += 1) {
    const app = n % 2 === 0 ? world.app : second
    assert.equal((await app.request('/webhooks/instagram', knock)).status, 401)
  }
  await writeMeasures(other)
  await look(world.ports)
  assert.deepEqual(await open(world), [])
  await second.request('/webhooks/instagram', knock)
  await writeMeasures(other)
  await look(world.ports)
  const [alert, ...others] = await open(world)
  assert.deepEqual([alert.kind, alert.tenantId, others.length], ['signature_failures', null, 0])
  assert.match(alert.message, /^11 webhooks with a wrong signature/)
  assert.match(alert.hint, /INSTAGRAM_APP_SECRET/)
  assert.deepEqual(await open(world, await tenantKey(world)), [])

  await postMails(world, mails.url)
  await eventually('the mail', () => mails.mails.length > 0)
  world.ports.clock.advance(11 * 60_000)
  await look(world.ports)
  assert.deepEqual(await open(world), [])
  await postMails(world, mails.url)
  await eventually('the mail of its end', () => mails.mails.length > 1)
  assert.deepEqual(
    mails.mails.map(({ to, raw }) => [to, /Subject: (.*)/.exec(raw)?.[1]?.slice(0, 40)]),
    [
      [['ops@parley.example'], '11 webhooks with a wrong signature arriv'],
      [['ops@parley.example'], 'Few or no webhooks with a wrong signatur'],
    ],
  )
})

test('eleven deliveries nobody can read are webhook failures, and over an hour later; what is in them and replays are not', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const account = await connectedAccount(ports)
  const seen = async () => {
    await look(ports)
    const page = { after: undefined, limit: 25 }
    const filter = { tenants: null, connectionId: undefined, state: 'open', page } as const
    return (await listAlerts(ports.db, filter)).data
  }
  const worked = async (count: number) =>
    await eventually('the work', async () => {
      const row = await ports.db.one<{ count: number }>(
        sql`select count(*) as count from deliveries where state = 'not_understood'`,
      )
      return row.count === count
    })
  for (let n = 0; n < 9; n += 1) await deliver('no delivery at all')
  // Of many events nobody knows, and still one.
  await deliver(delivery(account, ...Array.from({ length: 11 }, (_, n) => ({ unheard_of: n }))))
  await worked(10)
  assert.deepEqual(await seen(), [])
  await deliver(delivery(account))
  await worked(11)
  assert.equal((await seen())[0]?.kind, 'webhook_failures')
  assert.match((await seen())[0]?.message ?? '', /^11 webhooks of Meta could not be/)
  ports.clock.advance(HOUR_MS + 1)
  assert.deepEqual(await seen(), [])

  // Working them again in vain is no failure of Meta's webhooks.
  const who = { actor: 'system', address: null, requestId: null } as const
  for (const { id } of await ports.db.many<{ id: string }>(sql`select id from deliveries`)) {
    await replayDelivery(ports, id, null, who)
  }
  await worked(11)
  assert.deepEqual(await seen(), [])
})

test('a token that is fetched far more often than ever is told; as often as usual is not', async () => {
  const { world, id } = await openWorld(withAlerts({ tokenReads: 19 }))
  await using _ = world
  const fetchToken = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n += 1) {
      const path = `/v1/connections/${id}/access-token`
      assert.equal((await world.call('GET', path, { headers: world.asHost })).status, 200)
    }
  }
  await fetchToken(21)
  await look(world.ports)
  const alerts = await open(world)
  assert.deepEqual(kinds(alerts), ['token_reads_unusual', 'token_reads_unusual'])
  const own = alerts.find(({ tenantId }) => tenantId === 'clinic')
  assert.equal(own?.connectionId, id)
  assert.match(own.message, /of @lumen\.chiro was fetched 21 times/)
  const caller = alerts.find(({ tenantId }) => tenantId === null)
  assert.match(caller?.message, /^key:environment fetched 21 access tokens/)

  world.ports.clock.advance(2 * HOUR_MS)
  await look(world.ports)
  assert.deepEqual(await open(world), [])
  await fetchToken(15)
  await look(world.ports)
  world.ports.clock.advance(2 * HOUR_MS)
  // Three times the busiest hour is 45; the hour that was unusual counts for nothing.
  await fetchToken(45)
  await look(world.ports)
  assert.deepEqual(await open(world), [])
  await fetchToken(1)
  await look(world.ports)
  assert.deepEqual(kinds(await open(world)), ['token_reads_unusual', 'token_reads_unusual'])
})

test('a token that goes on being fetched too often is told once, until it stops, and again when it begins again', async () => {
  const { world, id } = await openWorld()
  await using _ = world
  const { ports } = world
  const read = async (count: number, hours: number): Promise<void> => {
    for (let n = 0; n < 4 * hours; n += 1) {
      ports.measures.note({
        kind: 'token_reads',
        subject: id,
        tenantId: 'clinic',
        count: count / 4,
      })
      await look(ports)
      ports.clock.advance(HOUR_MS / 4)
    }
  }
  await read(8, 3)
  assert.deepEqual(await open(world), [])
  await read(200, 1)
  const [alert, ...others] = await open(world)
  assert.deepEqual([alert?.kind, others.length], ['token_reads_unusual', 0])
  await read(200, 6)
  assert.deepEqual(
    (await open(world)).map((one) => one.id),
    [alert.id],
  )
  await read(8, 2)
  assert.deepEqual(await open(world), [])
  await read(100, 1)
  const [again] = await open(world)
  assert.match(again?.message, /never more than 8 times in an hour before/)
})

test('the end of the API version is told half a year, thirty and seven days ahead, and ends with a newer version', async () => {
  await using ports = await testPorts({
    config: testConfig({ graphVersion: 'v21.0' }),
  })
  const notices = async (): Promise<number> =>
    (await ports.db.one<{ count: number }>(sql`select count(*) as count from notices`)).count
  const endsMs = Date.UTC(2027, 0, 21)
  const told: number[] = []
  for (let days = 200; days >= -1; days -= 1) {
    ports.clock.set(endsMs - days * DAY_MS)
    const before = await notices()
    await watchMeasures(ports)
    if ((await notices()) > before) told.push(days)
  }
  assert.deepEqual(told, [180, 30, 7, 0])
  const newer = { ...ports, config: { ...ports.config, graphVersion: 'v25.0' } }
  await watchMeasures(newer)
  const row = await ports.db.one<{ open: number }>(
    sql`select count(*) filter (where resolved_at is null) as open from alerts`,
  )
  assert.equal(row.open, 0)
})

test('workers restarted one after the other with a newer version tell of its end once', async () => {
  await using ports = await testPorts({ config: testConfig({ graphVersion: 'v21.0' }) })
  ports.clock.set(Date.UTC(2027, 0, 1))
  const newer = { ...ports, config: { ...ports.config, graphVersion: 'v25.0' } }
  const told: string[] = []
  const lookAndTell = async (worker: TestPorts): Promise<void> => {
    await watchMeasures(worker)
    const sent = await ports.db.many<{ what: string }>(
      sql`update notices set state = 'sent' where state = 'queued' returning what`,
    )
    told.push(...sent.map(({ what }) => what))
  }
  await lookAndTell(ports)
  for (let minute = 0; minute < 10; minute += 1) {
    await lookAndTell(newer)
    await lookAndTell(ports)
    ports.clock.advance(60_000)
  }
  assert.deepEqual(told, ['opened', 'resolved'])
  // One that is still there after ten minutes was forgotten, and that is worth a mail.
  await lookAndTell(ports)
  assert.deepEqual(told, ['opened', 'resolved', 'opened'])
})

test('what is switched off is not told, and what was open ends without a word', async () => {
  const { world, call } = await openWorld()
  await using _ = world
  await world.control('/switches', { usagePercent: 90 })
  await fail(world, 10)
  await call(20)
  for (let n = 0; n < 11; n += 1) {
    const headers = { 'x-hub-signature-256': WRONG }
    await world.call('POST', '/webhooks/instagram', { raw: '{}', headers })
  }
  await look(world.ports)
  assert.deepEqual(kinds(await open(world)), [
    'error_rate',
    'error_rate',
    'signature_failures',
    'usage_high',
  ])
  await tellAll(world)
  const config = {
    ...world.ports.config,
    ...withAlerts({
      errorRatePercent: undefined,
      usedPercent: undefined,
      signatureFailures: undefined,
    }),
  }
  await look({ ...world.ports, config })
  assert.deepEqual(await open(world), [])
  assert.deepEqual(await toldEnds(world), [])
})

test('counts that could not be written are written later', async () => {
  await using ports = await testPorts()
  ports.measures.note({ kind: 'signatures', subject: 'all', isFailed: true, count: 7 })
  await ports.db.run(sql`alter table measures rename to away`)
  await assert.rejects(writeMeasures(ports))
  await ports.db.run(sql`alter table away rename to measures`)
  ports.measures.note({ kind: 'signatures', subject: 'all', isFailed: true })
  await writeMeasures(ports)
  const row = await ports.db.one<{ failed: number }>(sql`select failed from measures`)
  assert.equal(row.failed, 8)
})

test('what was counted of a disconnected account is told no more, and nobody hears of its end', async () => {
  const { world, id, call } = await openWorld()
  await using _ = world
  await fail(world, 5)
  await call(20)
  for (let n = 0; n < 51; n += 1) {
    world.ports.measures.note({ kind: 'token_reads', subject: id, tenantId: 'clinic' })
  }
  await look(world.ports)
  assert.equal((await open(world)).length, 3)
  await tellAll(world)
  await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
  await look(world.ports)
  assert.deepEqual(
    (await open(world)).map(({ tenantId }) => tenantId),
    [null],
  )
  assert.deepEqual(await toldEnds(world), [])
})

test('with a tenant goes what was counted of it, and nobody else’s', async () => {
  const { world, call } = await openWorld()
  await using _ = world
  const second = await world.connected({ tenantId: 'shop' }, { account: 'casa.verde' })
  await call(1)
  await world.call('GET', `/v1/connections/${second.id}/graph/me`, { headers: world.asHost })
  await writeMeasures(world.ports)
  const owners = async () =>
    await world.ports.db.many(sql`select distinct tenant_id from measures order by tenant_id`)
  assert.deepEqual(await owners(), [
    { tenant_id: 'clinic' },
    { tenant_id: 'shop' },
    { tenant_id: null },
  ])
  const scope = { tenantId: 'clinic', connectionId: null, conversationId: null }
  await forgetAlerts(world.ports.db, scope)
  assert.deepEqual(await owners(), [{ tenant_id: 'shop' }, { tenant_id: null }])
})
