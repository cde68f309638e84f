import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@parley/instagram/secret.ts'
import { createSignInLink } from '#access/create-sign-in-link.ts'
import { findOwnerMails } from '#access/find-owner-mails.ts'
import { planDigests } from '#alerts/plan-digests.ts'
import { sendDigests } from '#alerts/send-digests.ts'
import { writeMeasures } from '#alerts/write-measures.ts'
import type { Config } from '#config.ts'
import { sql } from '#ports/database.ts'
import { openMail } from '#ports/mail.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import type { ConnectedAccount } from '#testing/connected-account.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import { testMail } from '#testing/test-mail.ts'
import { testConfig, testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { readDigest } from './read-digest.ts'
import { readTroubles } from './store-digest.ts'
import { writeDigest } from './write-digest.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** The Monday after the tests' Friday noon, eight in the morning in Madrid. */
const MONDAY_MS = Date.UTC(2026, 10, 23, 7)
const FROM = 'parley@example.org'

const withMail = (url: string, more: Partial<Config> = {}): Partial<Config> => ({
  smtp: { url: new Secret(url), from: FROM },
  timezone: 'Europe/Madrid',
  ...more,
})

/** What the worker does twice a minute. */
async function round(ports: TestPorts): Promise<void> {
  await planDigests(ports)
  const write = async (of: Parameters<typeof readDigest>[1]) =>
    await writeDigest(await readDigest(ports, of))
  const find = async () => await findOwnerMails(ports)
  await sendDigests(ports, openMail(ports.config.smtp), write, find)
}

/** Mail wraps long lines; what it says is what a reader sees. */
const read = (raw: string): string =>
  Buffer.from(
    raw
      .replaceAll('=\r\n', '')
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')

test('on Monday at eight the owners and each tenant have their digest, once, whichever of three workers sends it', async () => {
  await using mails = await testMail()
  const world = await testConnectWorld({ config: withMail(mails.url) })
  await using _ = world
  const { ports } = world
  await world.connected()
  for (const [id, contactEmail] of [
    ['clinic', 'owner@clinic.example'],
    ['shop', 'owner@shop.example'],
  ] as const) {
    const body = {
      name: id,
      contactEmail,
      returnUrls: ['https://app.example/settings?tab=channels'],
    }
    await world.call('PUT', `/v1/tenants/${id}`, { body, headers: world.asHost })
  }
  const link = await createSignInLink(ports, { role: 'owner', tenantId: null })
  const token = new URL(link).hash.slice(1) || new URL(link).pathname.split('/').at(-1)
  const welcome = {
    link: token,
    name: 'Ada',
    email: 'ada@parley.example',
    password: 'a long password for ada',
  }
  const joined = await world.call('POST', '/v1/welcome', { body: welcome })
  assert.ok(joined.status < 300, `${link} ${joined.text}`)

  ports.clock.set(MONDAY_MS - 1)
  await round(ports)
  const planned = async (): Promise<number> =>
    (await ports.db.one<{ n: number }>(sql`select count(*) as n from digests`)).n
  assert.equal(await planned(), 0)
  ports.clock.set(MONDAY_MS)
  await Promise.all([round(ports), round(ports), round(ports)])
  await round(ports)
  await eventually('both mails', () => mails.mails.length >= 2)
  // The shop has no connection, so nothing to be told.
  assert.deepEqual(mails.mails.flatMap(({ to }) => to).toSorted(), [
    'ada@parley.example',
    'owner@clinic.example',
  ])
  const own = read(mails.mails.find(({ to }) => to.includes('ada@parley.example'))?.raw ?? '')
  assert.match(own, /Subject: Parley: the week until 2026-11-23/)
  assert.match(own, /- 1 active\./)
  assert.match(own, /<li>1 active\.<\/li>/)
  assert.doesNotMatch(own, /Data Use Checkup/)
  const clinic = read(mails.mails.find(({ to }) => to.includes('owner@clinic.example'))?.raw ?? '')
  assert.match(clinic, /Subject: clinic: the week until/)
  assert.doesNotMatch(clinic, /wrong signature/)

  ports.clock.set(MONDAY_MS + 7 * DAY_MS)
  await round(ports)
  await eventually('the next week', () => mails.mails.length >= 4)
  assert.equal(mails.mails.length, 4)
})

test('a digest whose sender dies is sent by another, and a busy mail server is asked again', async () => {
  await using mails = await testMail({ refusals: 1 })
  const config = testConfig(
    withMail(mails.url, {
      timezone: 'UTC',
      alerts: { ...testConfig().alerts, mailTo: ['ops@parley.example'] },
    }),
  )
  await using ports = await testPorts({ config })
  const mondayMs = Date.UTC(2026, 10, 23, 8)
  ports.clock.set(mondayMs)
  await planDigests(ports)
  // A worker took it and was killed: its lease stands.
  await ports.db.run(
    sql`update digests set lease_until = clock_timestamp() + interval '5 minutes', attempts = 1`,
  )
  await round(ports)
  assert.equal(mails.mails.length, 0)
  await ports.db.run(sql`update digests set lease_until = clock_timestamp() - interval '1 second'`)
  await round(ports)
  assert.equal(mails.mails.length, 0, 'refused for now')
  for (let n = 0; n < 3; n += 1) {
    ports.clock.advance(10 * MINUTE_MS)
    await round(ports)
  }
  await eventually('the mail', () => mails.mails.length > 0)
  assert.equal(mails.mails.length, 1)
})

test('a day late a week is told no more; off, without mail, and for nobody, nothing is', async () => {
  await using mails = await testMail()
  const alerts = { ...testConfig().alerts, mailTo: ['ops@parley.example'] }
  const cases: readonly [string, Partial<Config>, number, number][] = [
    ['late', withMail(mails.url, { alerts }), DAY_MS, 0],
    ['just in time', withMail(mails.url, { alerts }), DAY_MS - 1, 1],
    ['off', withMail(mails.url, { alerts: { ...alerts, digest: undefined } }), 0, 0],
    ['no mail', { alerts, timezone: 'Europe/Madrid' }, 0, 0],
    ['nobody', withMail(mails.url, { alerts: { ...alerts, digestTo: [] } }), 0, 0],
    [
      'on Sunday',
      withMail(mails.url, { alerts: { ...alerts, digest: { day: 6, minute: 0 } } }),
      0,
      0,
    ],
  ]
  for (const [name, config, lateMs, count] of cases) {
    await using ports = await testPorts({ config: testConfig(config) })
    ports.clock.set(MONDAY_MS + lateMs)
    await round(ports)
    const sent = await ports.db.one<{ n: number }>(
      sql`select count(*) as n from digests where state = 'sent'`,
    )
    assert.equal(sent.n, count, name)
  }
})

/** A line of a person, and the clock at which it came. */
async function write(
  { ports, deliver }: Pick<Awaited<ReturnType<typeof testPipeline>>, 'ports' | 'deliver'>,
  account: ConnectedAccount,
  mid: string,
): Promise<void> {
  await deliver(delivery(account, line(account, '9001', mid, 'hello', ports.clock.now())))
  await eventually('the line', async () =>
    ports.db.maybe(sql`select 1 from messages where mid = ${mid}`),
  )
}

test('the figures are those of the week: lines, answers and by whom, times, who waits, what failed', async () => {
  await using pipeline = await testPipeline()
  const { ports } = pipeline
  const account = await connectedAccount(ports)
  const other = await connectedAccount(ports)
  const tenantId = account.tenantId
  // Older than the week.
  await write(pipeline, account, 'old')
  await eventually('its answer', () => pipeline.graph.sent.length === 1)
  ports.measures.take()
  ports.clock.advance(8 * DAY_MS)
  await write(pipeline, account, 'one')
  await eventually('an answer', () => pipeline.graph.sent.length === 2)
  await write(pipeline, other, 'foreign')
  await eventually('another tenant’s', () => pipeline.graph.sent.length === 3)
  const sent = async (count: number) =>
    await eventually('the record', async () => {
      const found = await ports.db.one<{ n: number }>(
        sql`select count(*) as n from messages where status = 'sent'`,
      )
      return found.n === count
    })
  await sent(3)
  // A person took over: two lines in a row are answered ten minutes after the first, the third waits.
  await ports.db.run(sql`update conversations set mode = 'human' where tenant_id = ${tenantId}`)
  ports.clock.advance(MINUTE_MS)
  await write(pipeline, account, 'two')
  ports.clock.advance(4 * MINUTE_MS)
  await write(pipeline, account, 'three')
  ports.clock.advance(6 * MINUTE_MS)
  const now = new Date(ports.clock.now())
  await ports.db.run(sql`
    insert into messages (tenant_id, id, connection_id, conversation_id, mid, direction, author, kind, status, at)
    select tenant_id, ${ports.random.uuid(ports.clock.now())}, connection_id, id, 'reply', 'outbound', 'operator', 'text', 'sent', ${now}
    from conversations where tenant_id = ${tenantId}`)
  await ports.db.run(sql`delete from waiting_lines`)
  ports.clock.advance(MINUTE_MS)
  await write(pipeline, account, 'four')
  for (let n = 0; n < 3; n += 1) {
    ports.measures.note({
      kind: 'calls',
      subject: account.connectionId,
      tenantId,
      isFailed: n === 0,
      usedPercent: 40,
    })
  }
  await writeMeasures(ports)
  ports.clock.advance(MINUTE_MS * 10)

  const until = new Date(ports.clock.now())
  const own = await readDigest(ports, { tenantId, tenantName: 'Test', until })
  const { median_seconds: median, p95_seconds: p95, ...counts } = own.responses
  assert.deepEqual(counts, {
    lines: 4,
    automation: 1,
    operator: 1,
    host: 0,
    instagram_app: 0,
    failed: 0,
  })
  // Answered at once, and after ten minutes.
  assert.deepEqual([median, p95], [300, 570])
  assert.equal(own.waiting, 1)
  assert.equal(own.troubles.calls_failed, 1)
  assert.equal(own.troubles.used_percent, 40)
  const all = await readDigest(ports, { tenantId: null, tenantName: null, until })
  assert.deepEqual([all.responses.lines, all.responses.automation], [5, 2])

  const { text, html } = await writeDigest(own)
  assert.match(text, /- Lines that came in: 4\./)
  assert.match(text, /- Answers: 1 by the automation, 1 by operators\./)
  assert.match(
    text,
    /- Until an answer was written: 5 minutes in the middle, 95 percent within 10 minutes\./,
  )
  assert.match(text, /- Conversations that wait for a person now: 1\./)
  // Three that were made up, and the answer's.
  assert.match(text, /- Calls at Meta that failed: 1 of 4\./)
  assert.doesNotMatch(text + html, /hello/)
})

test('a tenant’s digest reads that tenant’s counts, and not everybody’s', async () => {
  await using ports = await testPorts()
  const until = new Date(ports.clock.now())
  const since = new Date(until.getTime() - 7 * DAY_MS)
  await ports.db.run(sql`
    insert into measures (tenant_id, kind, subject, at, total, failed)
    select 'tenant-' || n, 'calls', 'subject-' || n, ${since}::timestamptz + k * interval '1 hour', 1, 1
    from generate_series(1, 200) n, generate_series(1, 100) k`)
  await ports.db.run(sql`analyze measures`)
  await ports.db.transaction(async (db) => {
    const { calls } = await readTroubles(db, { tenantId: 'tenant-7', since, until })
    assert.equal(calls, 100)
    const { read } = await db.one<{ read: number }>(sql`
      select seq_tup_read + idx_tup_fetch as read from pg_stat_xact_user_tables where relname = 'measures'`)
    // Once for the counts, and once for the meter.
    assert.ok(read >= 100 && read <= 200, `${read} rows were read`)
  })
})

test('once a quarter the owners are reminded of Meta’s own chores, the tenants never', async () => {
  await using ports = await testPorts()
  const chores = async (tenantId: string | null, until: number): Promise<readonly string[]> => {
    const of = { tenantId, tenantName: tenantId, until: new Date(until) }
    return (await readDigest(ports, of)).chores
  }
  const mondays: string[] = []
  for (let at = MONDAY_MS; at < MONDAY_MS + 364 * DAY_MS; at += 7 * DAY_MS) {
    if ((await chores(null, at)).length > 0) mondays.push(new Date(at).toISOString().slice(0, 10))
    assert.deepEqual(await chores('clinic', at), [])
  }
  assert.deepEqual(mondays, ['2027-01-04', '2027-04-05', '2027-07-05', '2027-10-04'])
  const january = await chores(null, Date.UTC(2027, 0, 4, 8))
  assert.match(january.join('\n'), /Data Use Checkup[^]*v25\.0 is served until 2028-07-29/)
})

test('what a tenant is called is text in the page, whatever it holds', async () => {
  await using ports = await testPorts()
  const tenantName = '<img src=x onerror=alert(1)>'
  const until = new Date(ports.clock.now())
  const { html } = await writeDigest(await readDigest(ports, { tenantId: 't', tenantName, until }))
  assert.doesNotMatch(html, /<img/)
  assert.match(html, /&lt;img/)
})
