import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from '@parley/contract/doctor.ts'
import { Secret } from '@parley/instagram/secret.ts'
import type { HttpPort } from '@parley/instagram/http-port.ts'
import { serve } from '@hono/node-server'
import type { Config } from '#config.ts'
import { sql } from '#ports/database.ts'
import { createMetaHttp } from '#ports/meta-http.ts'
import { systemClock } from '#ports/clock.ts'
import type { Certificate } from '#ports/certificate.ts'
import { freePort } from '#ports/postgres-cluster.ts'
import { answerJson, testConnectWorld } from '#testing/test-connect.ts'
import type { TestConnectWorld } from '#testing/test-connect.ts'
import { testGraph } from '#testing/test-ports.ts'
import { runDoctor } from './run-doctor.ts'

const DAY_MS = 86_400_000
const FIELDS = [
  'messages',
  'messaging_postbacks',
  'messaging_seen',
  'message_reactions',
  'message_edit',
  'messaging_referral',
  'messaging_optins',
  'messaging_handover',
  'standby',
]

/** An installation with nothing wrong: the server listens where its settings say, Meta's dashboard is filled in. */
async function openWell() {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const world = await testConnectWorld({ config: { url } })
  // The database's clock is the machine's.
  world.ports.clock.set(systemClock.now())
  const server = serve({ fetch: world.app.fetch, port, hostname: '127.0.0.1' })
  const webhook = {
    callbackUrl: `${url}/webhooks/instagram`,
    verifyToken: world.ports.config.webhookVerifyToken.reveal(),
  }
  await world.control('/apps', { webhook, facebook: { fields: FIELDS } })
  return {
    world,
    url,
    async [Symbol.asyncDispose]() {
      server.close()
      await world[Symbol.asyncDispose]()
    },
  }
}

const trusted: Certificate = { endsAtMs: systemClock.now() + 90 * DAY_MS }

async function ask(
  world: TestConnectWorld,
  change: { config?: Partial<Config>; http?: HttpPort; certificate?: Certificate } = {},
): Promise<Finding[]> {
  const config = { ...world.ports.config, ...change.config }
  const http = change.http ?? createMetaHttp()
  const ports = { ...world.ports, config, graph: testGraph(config, http) }
  const readCertificate = async () => change.certificate ?? trusted
  return await runDoctor(ports, { http, readCertificate })
}

const bad = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ state }) => state !== 'ok')

/** What is wrong, beside this test's server being on this machine only. */
const planted = (findings: readonly Finding[]): Finding[] =>
  bad(findings).filter(({ check }) => check !== 'public address')

test('an installation that is well has nothing to mend but its address on this machine', async () => {
  await using well = await openWell()
  await well.world.connected()
  const seen: string[] = []
  const meta = createMetaHttp()
  const http: HttpPort = async (request) => {
    seen.push(request.url)
    return await meta(request)
  }
  const quiet = planted(await ask(well.world, { http }))
  assert.deepEqual(
    quiet.map(({ check, state }) => [check, state]),
    [['app mode', 'unknown']],
    'nothing has arrived yet',
  )
  assert.ok(
    seen.some((url) => /\/me\?/.test(url)),
    'the connection was asked about at Meta',
  )
  await arrive(well.world)
  well.world.ports.clock.set(systemClock.now())
  const findings = await ask(well.world)
  assert.deepEqual(planted(findings), [])
  assert.equal(bad(findings)[0]?.state, 'warning')
  assert.ok(findings.length >= 10, `${findings.length} looks`)
})

/** A person wrote to every connected account. */
async function arrive({ ports }: TestConnectWorld): Promise<void> {
  await ports.db.run(sql`update connections set last_event_at = ${new Date(ports.clock.now())}`)
}

test('each planted misconfiguration is found, with the value to paste', async (t) => {
  await using well = await openWell()
  const { world, url } = well
  const { config } = world.ports
  assert.ok(config.instagramApp && config.facebookApp)
  const meta = createMetaHttp()
  const freshKey = { kid: 'next', key: new Uint8Array(32).fill(7) }
  const wrong = [new Secret('not-the-secret-of-this-app')] as const
  const cases: readonly {
    readonly name: string
    readonly config?: Partial<Config>
    readonly certificate?: Certificate
    readonly http?: HttpPort
    /** Done in Meta's dashboard, and undone. */
    readonly plant?: () => Promise<unknown>
    readonly undo?: () => Promise<unknown>
    readonly check: string
    /** A problem, if not told otherwise. */
    readonly state?: 'warning' | 'unknown'
    readonly says: RegExp
    readonly fix: RegExp
  }[] = [
    {
      name: 'the Instagram secret is wrong',
      config: { instagramApp: { ...config.instagramApp, secrets: [...wrong] } },
      check: 'instagram app',
      says: /refuses INSTAGRAM_APP_ID/,
      fix: /INSTAGRAM_APP_SECRET.*Business login settings/,
    },
    {
      name: 'the Meta app id stands where the Instagram app id belongs',
      config: { instagramApp: { ...config.instagramApp, id: config.facebookApp.id } },
      check: 'app ids',
      says: /the same number/,
      fix: /API setup with Instagram login/,
    },
    {
      name: 'the Meta app secret is wrong',
      config: { facebookApp: { ...config.facebookApp, secrets: [...wrong] } },
      check: 'facebook app',
      says: /refuses FACEBOOK_APP_ID/,
      fix: /FACEBOOK_APP_SECRET.*App settings, Basic/,
    },
    {
      name: 'the Instagram redirect address is not registered',
      plant: async () => await redirects(world, 'instagram', ['https://elsewhere.example/cb']),
      undo: async () => await redirects(world, 'instagram', [`${url}/oauth/instagram/callback`]),
      check: 'instagram redirect address',
      says: /callback is not registered/,
      fix: new RegExp(`exactly ${url}/oauth/instagram/callback in`),
    },
    {
      name: 'it is registered with a slash too many',
      plant: async () => await redirects(world, 'instagram', [`${url}/oauth/instagram/callback/`]),
      undo: async () => await redirects(world, 'instagram', [`${url}/oauth/instagram/callback`]),
      check: 'instagram redirect address',
      says: /with a slash at the end/,
      fix: /exactly/,
    },
    {
      name: 'the Facebook redirect address is not registered',
      plant: async () => await redirects(world, 'facebook', ['https://elsewhere.example/cb']),
      undo: async () => await redirects(world, 'facebook', [`${url}/oauth/facebook/callback`]),
      check: 'facebook redirect address',
      says: /callback is not registered/,
      fix: new RegExp(`exactly ${url}/oauth/facebook/callback in`),
    },
    {
      name: 'it is registered, but the window asks to sign in first and does not say',
      http: async (request) =>
        request.url.includes('/oauth/authorize') ? answerJson(302, {}) : await meta(request),
      check: 'instagram redirect address',
      state: 'unknown',
      says: /did not say/,
      fix: /exactly/,
    },
    {
      name: 'one secret stands for both apps',
      config: { instagramApp: { ...config.instagramApp, secrets: config.facebookApp.secrets } },
      check: 'app secrets',
      says: /are the same/,
      fix: /API setup with Instagram login.*App settings, Basic/,
    },
    {
      name: 'a rotation of keys was left half way',
      plant: async () =>
        await world.ports.db.run(
          sql`insert into key_rotations (owner, version) values ('inbox', 1)`,
        ),
      undo: async () => await world.ports.db.run(sql`delete from key_rotations`),
      check: 'keys',
      state: 'warning',
      says: /not brought to its end/,
      fix: /^parley keys rotate --all$/,
    },
    {
      name: 'an old master key is still needed',
      config: { encryptionKeys: [freshKey, ...config.encryptionKeys] },
      check: 'keys',
      state: 'warning',
      says: /still wraps \d+ data keys/,
      fix: /^parley keys rotate --master$/,
    },
    {
      name: 'a webhook field is not ticked',
      plant: async () => await world.control('/apps', { facebook: { fields: ['comments'] } }),
      undo: async () => await world.control('/apps', { facebook: { fields: FIELDS } }),
      check: 'webhook fields',
      says: /messages/,
      fix: /fields .*messages/,
    },
    {
      name: 'the verify token of the settings is another',
      config: { webhookVerifyToken: new Secret('another-token') },
      check: 'webhook handshake',
      says: /answers 403/,
      fix: /webhooks\/instagram/,
    },
    {
      name: 'the Graph version is about to end',
      plant: async () => world.ports.clock.set(Date.UTC(2026, 11, 1)),
      undo: async () => world.ports.clock.set(systemClock.now()),
      config: { graphVersion: 'v21.0' },
      check: 'Graph version',
      state: 'warning',
      says: /^v21\.0 ends on/,
      fix: /^GRAPH_API_VERSION=v26\.0$/,
    },
    {
      name: 'nobody answers at the public address',
      config: { url: 'http://localhost:9' },
      check: 'address',
      says: /does not answer/,
      fix: /http:\/\/localhost:9\/healthz/,
    },
    {
      name: 'the certificate is not trusted',
      config: { url: url.replace('http:', 'https:') },
      certificate: { problem: 'SELF_SIGNED_CERT_IN_CHAIN' },
      check: 'certificate',
      says: /SELF_SIGNED_CERT_IN_CHAIN/,
      fix: /public authority/,
    },
    {
      name: 'the certificate ends soon',
      config: { url: url.replace('http:', 'https:') },
      certificate: { endsAtMs: world.ports.clock.now() + 5.1 * DAY_MS },
      check: 'certificate',
      state: 'warning',
      says: /ends in 5 days/,
      fix: /renew/,
    },
  ]
  for (const one of cases) {
    await t.test(one.name, async () => {
      await one.plant?.()
      try {
        const findings = planted(await ask(world, one))
        const finding = findings.find(({ check }) => check === one.check)
        assert.ok(finding, `found: ${JSON.stringify(findings)}`)
        assert.equal(finding.state, one.state ?? 'problem')
        assert.match(finding.message, one.says)
        assert.match(finding.fix ?? '', one.fix)
        // What is to be pasted stands in the sentence too.
        if (finding.value !== null) assert.ok(finding.fix?.includes(finding.value), finding.value)
      } finally {
        await one.undo?.()
      }
    })
  }
})

test('a connection that needs a person, and a webhook that leads elsewhere, are found', async () => {
  await using well = await openWell()
  const { world } = well
  const { id } = await world.connected()
  world.ports.clock.advance(61 * DAY_MS)
  const findings = planted(await ask(world))
  const connection = findings.find(({ check }) => check === 'connection lumen.chiro')
  assert.equal(connection?.state, 'problem')
  assert.ok(findings.some(({ check }) => check === 'clock'))
  assert.ok(id)

  const elsewhere: HttpPort = async (request) =>
    request.url.includes('/subscriptions')
      ? answerJson(200, {
          data: [{ object: 'instagram', callback_url: 'https://old.example/hook', fields: FIELDS }],
        })
      : await createMetaHttp()(request)
  const led = planted(await ask(world, { http: elsewhere }))
  assert.ok(
    led.some(({ message }) => message.includes('https://old.example/hook')),
    JSON.stringify(led),
  )
})

test('without a way to Meta it says so and calls nothing wrong that it could not see', async () => {
  await using well = await openWell()
  const http = createMetaHttp()
  const cut: HttpPort = async (request) =>
    await http(
      request.url.startsWith(well.url) ? request : { ...request, url: 'http://127.0.0.1:9/' },
    )
  const findings = planted(await ask(well.world, { http: cut }))
  assert.ok(findings.length >= 4)
  for (const { check, state } of findings) assert.equal(state, 'unknown', check)
})

async function redirects(
  world: TestConnectWorld,
  app: 'instagram' | 'facebook',
  redirectUris: string[],
): Promise<unknown> {
  return await world.control('/apps', { [app]: { redirectUris } })
}
