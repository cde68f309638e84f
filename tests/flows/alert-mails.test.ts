import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { emptyDatabase } from '@parley/server/testing/test-database.ts'
import { testMail } from '@parley/server/testing/test-mail.ts'
import { metaUrls } from '@parley/simulator/meta-urls.ts'
import { ApiClient } from '#support/api-client.ts'
import { connectAccount } from '#support/connect-over-http.ts'
import { eventually } from '#support/eventually.ts'
import { liveSettings } from '#support/live-settings.ts'
import { SimulatorClient } from '#support/simulator-client.ts'
import { freePort, spawnParley, workFolder } from '#support/spawn-parley.ts'

const OPS = 'ops@parley.example'
const CLINIC = 'owner@clinic.example'

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** In three days, a moment after eight: no other digest is due before, whatever day it is. */
function digestTime(): Date {
  const day = new Date(Date.now() + 3 * 24 * 60 * 60_000)
  day.setUTCHours(8, 0, 1, 0)
  return day
}

test('what two webs counted is one alert, and three workers mail it, its end and the digest once to each reader', async () => {
  await using folder = workFolder()
  await using database = await emptyDatabase()
  await using mail = await testMail()
  const simulatorPort = String(await freePort())
  const simulator = new SimulatorClient(`http://127.0.0.1:${simulatorPort}`)
  const port = String(await freePort())
  const digestAt = digestTime()
  const env = {
    ...liveSettings(),
    ...metaUrls(simulator.url),
    DATABASE_URL: database.url,
    SIMULATOR_PORT: simulatorPort,
    PARLEY_URL: `http://127.0.0.1:${port}`,
    SMTP_URL: mail.url,
    MAIL_FROM: 'Parley <parley@example.org>',
    ALERT_MAIL_TO: OPS,
    ALERT_SIGNATURE_FAILURES: '19',
    ALERT_DIGEST: `${WEEKDAYS[digestAt.getUTCDay()]} 08:00`,
  }
  const start = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    await spawnParley({ folder: folder.path, args, env: { ...env, ...more } })
  await using one = await start(['web'], { PORT: port })
  await using two = await start(['web'])
  await using _ = await start(['simulator'])
  await Promise.all([one.ready(), two.ready()])
  await simulator.ready()
  const api = new ApiClient(one.url, env.PARLEY_API_KEY)
  await api.take('PUT', '/v1/tenants/clinic', { name: 'The clinic', contactEmail: CLINIC })
  await connectAccount({ api, simulator }, 'clinic', 'lumen.chiro')

  for (const web of [one, two]) {
    for (let n = 0; n < 10; n += 1) {
      const headers = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }
      const url = `${web.url}/webhooks/instagram`
      const { status } = await fetch(url, { method: 'POST', headers, body: '{}' })
      assert.equal(status, 401)
    }
  }
  // What a web counted is written at the latest when it stops.
  two.kill('SIGTERM')
  assert.equal(await two.exited(), 0, two.printed())
  one.kill('SIGTERM')
  assert.equal(await one.exited(), 0, one.printed())

  const worker = ['worker', '--test-clock']
  await using first = await start(worker)
  await using second = await start(worker)
  await using third = await start(worker)
  await eventually('the alert is mailed', async () => mail.mails.length > 0)
  const offsetMs = digestAt.getTime() - Date.now()
  mkdirSync(join(folder.path, '.parley'), { recursive: true })
  writeFileSync(join(folder.path, '.parley/clock-offset'), String(offsetMs))
  await eventually('its end and two digests are', async () => mail.mails.length >= 4)
  for (const parley of [first, second, third]) {
    parley.kill('SIGTERM')
    assert.equal(await parley.exited(), 0, parley.printed())
  }
  const told = mail.mails.map(
    ({ to, raw }): string => `${to.join()} ${/Subject: (.{24})/.exec(raw)?.[1] ?? ''}`,
  )
  assert.deepEqual(told.toSorted(), [
    `${OPS} 20 webhooks with a wrong`,
    `${OPS} Few or no webhooks with `,
    `${OPS} Parley: the week until 2`,
    `${CLINIC} The clinic: the week unt`,
  ])
})
