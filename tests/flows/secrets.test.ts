import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { metaUrls } from '@parley/simulator/meta-urls.ts'
import { Client } from 'pg'
import { ApiClient } from '#support/api-client.ts'
import { eventually } from '#support/eventually.ts'
import { startRecordingProxy } from '#support/recording-proxy.ts'
import type { RecordingProxy } from '#support/recording-proxy.ts'
import { SimulatorClient } from '#support/simulator-client.ts'
import { freePort, spawnParley, statusOf, workFolder } from '#support/spawn-parley.ts'
import type { Parley } from '#support/spawn-parley.ts'

const ACCOUNT = 'lumen.chiro'
const echo = {
  responder: 'flow',
  quietMs: 0,
  agent: null,
  host: null,
  flow: {
    version: 1,
    start: 'ask',
    steps: {
      ask: {
        type: 'ask',
        text: 'You said: {{text}}',
        field: 'wish',
        quickReplies: [{ title: 'Yes', payload: 'yes' }],
        next: 'repeat',
      },
      repeat: { type: 'message', text: 'Noted: {{fields.wish}}', next: null },
    },
  },
}

/** Everything that must stay out of logs, of statements and of a dump, under the name it is known by. */
class Canaries {
  readonly all = new Map<string, string>()

  /** Makes one. */
  make(name: string): string {
    return this.keep(name, `canary-${name.replaceAll(' ', '-')}-${randomBytes(9).toString('hex')}`)
  }

  /** Keeps one that somebody else made. */
  keep(name: string, value: string): string {
    assert.ok(value.length >= 12, `${name} is long enough to be found by chance never`)
    this.all.set(name, value)
    return value
  }

  /** The names of those that stand in a text, as they are or dressed up. */
  foundIn(text: string): string[] {
    return [...this.all].flatMap(([name, value]) => {
      const bytes = Buffer.from(value)
      const shapes = {
        '': value,
        ' as hex': bytes.toString('hex'),
        ' as base64': bytes.toString('base64').replace(/=+$/, ''),
        ' as base64url': bytes.toString('base64url'),
        ' in a URL': encodeURIComponent(value),
        ' as JSON': JSON.stringify(value).slice(1, -1),
      }
      const shape = Object.entries(shapes).find(([, dressed]) => text.includes(dressed))
      return shape === undefined ? [] : [`${name}${shape[0]}`]
    })
  }
}

test('no token, code, secret or message text is in a log line, a statement or a dump of the database', async () => {
  const canaries = new Canaries()
  const simulatorPort = String(await freePort())
  const simulatorUrl = `http://127.0.0.1:${simulatorPort}`
  await using proxy = await startRecordingProxy(simulatorUrl)
  const masterKey = randomBytes(32).toString('base64')
  const jwtSecret = canaries.make('host secret')
  const { INSTAGRAM_API_URL, INSTAGRAM_GRAPH_URL, FACEBOOK_GRAPH_URL } = metaUrls(proxy.url)
  const port = String(await freePort())
  const url = `http://localhost:${port}`
  const env = {
    PORT: port,
    SIMULATOR_PORT: simulatorPort,
    PARLEY_URL: url,
    PARLEY_HOST: '127.0.0.1',
    PARLEY_LOG_LEVEL: 'debug',
    PARLEY_SECRET: canaries.make('parley secret'),
    PARLEY_ENCRYPTION_KEYS: `k1:${canaries.keep('master key', masterKey)}`,
    PARLEY_API_KEY: canaries.make('api key'),
    INSTAGRAM_APP_ID: '1780000000000011',
    INSTAGRAM_APP_SECRET: canaries.make('instagram app secret'),
    FACEBOOK_APP_ID: '1780000000000022',
    FACEBOOK_APP_SECRET: canaries.make('facebook app secret'),
    INSTAGRAM_WEBHOOK_VERIFY_TOKEN: canaries.make('verify token'),
    HOST_JWT_SECRET: jwtSecret,
    ...metaUrls(simulatorUrl),
    INSTAGRAM_API_URL,
    INSTAGRAM_GRAPH_URL,
    FACEBOOK_GRAPH_URL,
  }
  await using folder = workFolder()
  await using parley = await spawnParley({ folder: folder.path, args: ['start'], env })
  await parley.ready()
  await using box = await spawnParley({ folder: folder.path, args: ['simulator'], env })
  await eventually('the simulator answers', async () => {
    assert.equal(box.child.exitCode, null, box.printed())
    return (await statusOf(simulatorUrl)) === 200
  })
  const here = {
    url,
    parley,
    folder: folder.path,
    api: new ApiClient(url, env.PARLEY_API_KEY),
    simulator: new SimulatorClient(simulatorUrl),
  }
  await using database = await openOwnDatabase(here)
  await database.logStatements()

  const operator = await signIn(here, canaries)
  const made = await here.api.take<{ secret: string }>('POST', '/v1/api-keys', {
    name: 'made',
    scopes: ['connections:read', 'messages:read', 'messages:write'],
  })
  const key = new ApiClient(here.url, canaries.keep('made key', made.secret))
  await here.api.take('PUT', '/v1/tenants/clinic', {
    name: 'Clinic',
    returnUrls: [`${here.url}/connections`],
    defaultAutomation: echo,
  })
  const jwt = canaries.keep('user jwt', signUser('clinic', jwtSecret))
  await connect(here, canaries, { api: here.api, login: 'instagram' })
  await connect(here, canaries, { api: new ApiClient(here.url, jwt), login: 'facebook' })
  keepTokens(canaries, proxy)

  await converse(here, canaries, { key, operator })
  await failInManyWays(here, canaries, proxy)
  await database.untilAtRest()

  const log = here.parley.printed()
  // The greeting shows the first link, on purpose and once.
  const lines = log.split('\n').filter((line) => line.startsWith('{'))
  assert.match(lines.join('\n'), /wrong signature was refused/, 'there is a log')
  assert.deepEqual(canaries.foundIn(lines.join('\n')), [], 'in the log')
  canaries.all.delete('welcome link')
  assert.deepEqual(canaries.foundIn(log), [], 'in anything printed')

  const dump = await database.dump()
  assert.ok(dump.includes('17841400000000101'), 'the dump holds what is kept in clear')
  assert.ok(dump.length > 20_000)
  assert.deepEqual(canaries.foundIn(dump), [], 'in the database')

  const statements = readFileSync(join(here.folder, '.parley/postgres.log'), 'utf8')
  assert.match(statements, /17841400000000101/, 'statements were logged with their parameters')
  assert.deepEqual(canaries.foundIn(statements), [], 'in the statements')

  // Meta's own pages carry tokens in addresses, and the secret where tokens are exchanged or asked about; nothing else
  // belongs there.
  const others = proxy.exchanges.filter(({ url }) => !/(access|debug)_token\?/.test(url))
  assert.ok(others.length > 5)
  const inUrls = canaries.foundIn(others.map(({ url }) => url).join('\n'))
  assert.deepEqual(
    inUrls.filter((name) => !name.startsWith('token ')),
    [],
    'in an address called at Meta',
  )
  // All that was looked for was there to be found.
  for (const name of ['state', 'code', 'cookie', 'link', 'confirm', 'token 4', 'unsent line']) {
    const isThere = [...canaries.all.keys()].some((each) => each.includes(name))
    assert.ok(isThere, `${name} of ${[...canaries.all.keys()].join(', ')}`)
  }
})

/** The first operator. @returns calls with the session's cookie. */
async function signIn(here: Installation, canaries: Canaries): Promise<ApiClient> {
  const link = await eventually(
    'the one-time link is printed',
    async () => /\/welcome\/(\S+)/.exec(here.parley.printed())?.[1],
  )
  canaries.keep('welcome link', link)
  const answer = await new ApiClient(here.url).call('POST', '/v1/welcome', {
    link,
    name: 'Olivia',
    email: 'olivia@example.com',
    password: canaries.make('password'),
  })
  assert.equal(answer.status, 201, answer.text)
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  canaries.keep('session cookie', decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1)))
  return new ApiClient(here.url, undefined, { cookie, origin: here.url })
}

/** The whole way of one login, keeping every secret that passes the browser. */
async function connect(
  here: Installation,
  canaries: Canaries,
  { api, login }: { api: ApiClient; login: 'instagram' | 'facebook' },
): Promise<void> {
  const anybody = new ApiClient(here.url)
  const session = await api.take<{ url: string }>('POST', '/v1/connect-sessions', {
    tenantId: 'clinic',
    login,
  })
  const link = new URL(session.url).pathname
  canaries.keep(`${login} link`, link.split('/').at(-1) ?? '')
  const shown = await anybody.call('GET', link)
  const jar = new Map<string, string>()
  const keepCookies = (headers: Headers): string => {
    for (const line of headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      jar.set(name, canaries.keep(`${login} cookie ${jar.size}`, value))
    }
    return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }
  let cookie = keepCookies(shown.headers)
  const form = { 'content-type': 'application/x-www-form-urlencoded', origin: here.url, cookie }
  const left =
    shown.status === 302 ? shown : await anybody.call('POST', link, `login=${login}`, form)
  cookie = keepCookies(left.headers)
  const window = left.headers.get('location') ?? ''
  canaries.keep(`${login} state`, new URL(window).searchParams.get('state') ?? '')
  const choice = login === 'instagram' ? { account: ACCOUNT } : { pages: ['Casa Verde'] }
  const back = new URL(await here.simulator.consent(window, choice))
  canaries.keep(`${login} code`, back.searchParams.get('code') ?? '')
  const returned = await anybody.call('GET', `${back.pathname}${back.search}`, undefined, {
    cookie,
  })
  const result = new URL(returned.headers.get('location') ?? '').searchParams
  assert.equal(result.get('connected'), '1', `${returned.status} ${returned.text}`)
  const code = result.get('confirm')
  if (code === null) return
  canaries.keep(`${login} confirm code`, code)
  await api.take('POST', `/v1/connections/${result.get('connection_id')}/confirm`, { code })
}

/** Every token Meta handed out. */
function keepTokens(canaries: Canaries, { exchanges }: RecordingProxy): void {
  const all = exchanges.map(({ got }) => got).join('\n')
  const tokens = new Set(
    [...all.matchAll(/"access_token":\s*"([^"]+)"/g)].map(([, token]) => token),
  )
  for (const [n, token] of [...tokens].entries()) canaries.keep(`token ${n + 1}`, token ?? '')
  assert.ok(tokens.size >= 4, 'short, long, of a user and of a page')
}

/** Every kind of text a person, an operator and a program can leave behind. */
async function converse(
  here: Installation,
  canaries: Canaries,
  { key, operator }: { key: ApiClient; operator: ApiClient },
): Promise<void> {
  const { simulator } = here
  const line = canaries.make('line')
  await simulator.write('ana', ACCOUNT, line)
  await eventually('the line is answered', async () =>
    (await simulator.answers(ACCOUNT, 'ana')).some((text) => text.includes(line)),
  )
  const act = async (what: string, body: object): Promise<{ mid: string }> =>
    await simulator.post(`/people/ana/${what}`, { account: ACCOUNT, ...body })
  await act('messages', {
    quickReply: { title: canaries.make('tap title'), payload: canaries.make('tap payload') },
  })
  const payload = canaries.all.get('tap payload') ?? ''
  await eventually('the field is collected and said', async () =>
    (await simulator.answers(ACCOUNT, 'ana')).includes(`Noted: ${payload}`),
  )
  const edited = await act('messages', { text: canaries.make('line before its edit') })
  await act('edit', { mid: edited.mid, text: canaries.make('edited line') })
  const unsent = await act('messages', { text: canaries.make('unsent line') })
  await act('unsend', { mid: unsent.mid })
  await act('react', { mid: edited.mid })
  await act('messages', {
    attachments: [{ type: 'image', url: `https://cdn.invalid/${canaries.make('attachment')}.png` }],
  })
  await act('messages', {
    text: canaries.make('story reply'),
    replyTo: { story: { url: `https://cdn.invalid/${canaries.make('story')}.png` } },
  })
  await act('messages', {
    postback: { title: canaries.make('button'), payload: canaries.make('press') },
  })
  await simulator.post(`/accounts/${ACCOUNT}/messages`, {
    person: 'jonas',
    text: canaries.make('typed in the app'),
  })

  const { igsid } = await simulator.thread(ACCOUNT, 'ana')
  const conversations = await key.take<{ data: { id: string; person: { igsid: string } }[] }>(
    'GET',
    '/v1/conversations',
  )
  const id = conversations.data.find(({ person }) => person.igsid === igsid)?.id
  const path = `/v1/conversations/${id}/messages`
  const repeatable = { 'idempotency-key': 'once' }
  const reply = { text: canaries.make('reply of the host') }
  for (const _ of ['once', 'again']) {
    assert.equal((await key.call('POST', path, reply, repeatable)).status, 202)
  }
  await operator.take('POST', path, { text: canaries.make('reply of the operator') })
  await eventually('both are on the phone', async () => {
    const said = await simulator.answers(ACCOUNT, 'ana')
    const isThere = (name: string) => said.includes(canaries.all.get(name) ?? '?')
    return isThere('reply of the host') && isThere('reply of the operator')
  })
}

/** Errors quote what they could not use; these are all made with something secret in hand. */
async function failInManyWays(
  here: Installation,
  canaries: Canaries,
  proxy: RecordingProxy,
): Promise<void> {
  const { api, simulator } = here
  const anybody = new ApiClient(here.url)
  const token = [...canaries.all].find(([name]) => name.startsWith('token '))?.[1] ?? ''
  const code = canaries.make('stray code')
  const state = canaries.make('stray state')
  for (const [client, method, path, body] of [
    [anybody, 'GET', `/oauth/instagram/callback?code=${code}&state=${state}`, undefined],
    [
      anybody,
      'GET',
      `/oauth/instagram/callback?error=${code}&error_description=${state}`,
      undefined,
    ],
    [anybody, 'GET', `/connect/${canaries.make('stray link')}`, undefined],
    [anybody, 'GET', `/v1/connections?access_token=${token}`, undefined],
    [new ApiClient(here.url, canaries.make('stray key')), 'GET', '/v1/connections', undefined],
    [api, 'PUT', '/v1/tenants/clinic', `{"name": "${canaries.make('half a body')}`],
    [api, 'PUT', '/v1/tenants/clinic', { name: 7, [canaries.make('unknown field')]: token }],
    [api, 'GET', `/v1/conversations?cursor=${canaries.make('stray cursor')}`, undefined],
    [anybody, 'POST', '/webhooks/instagram', { object: canaries.make('unsigned delivery') }],
  ] as const) {
    const answer = await client.call(method, path, body)
    assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`)
  }
  const odd = canaries.make('odd delivery')
  await simulator.post('/webhooks', { raw: `not JSON: ${odd}` })
  await simulator.post('/webhooks', {
    account: ACCOUNT,
    body: { object: 'instagram', entry: [{ odd }] },
  })
  // Meta quotes tokens in its refusals.
  await simulator.post('/faults', {
    path: '/me/messages',
    times: 1,
    error: { code: 100, message: `Malformed access token ${token}` },
  })
  const before = proxy.exchanges.length
  await simulator.write('zoe', ACCOUNT, canaries.make('line whose answer is refused'))
  await eventually('the refusal arrives', async () =>
    proxy.exchanges.slice(before).some(({ got }) => got.includes('Malformed access token')),
  )
}

function signUser(subject: string, secret: string): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claims = { sub: subject, exp: Math.floor(Date.now() / 1000) + 300 }
  const signed = `${encode({ alg: 'HS256' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** A server with credentials, and the simulator beside it. */
type Installation = {
  readonly url: string
  readonly parley: Parley
  readonly folder: string
  readonly api: ApiClient
  readonly simulator: SimulatorClient
}

type OwnDatabase = AsyncDisposable & {
  /** From now on the server writes every statement with its parameters into its log. */
  logStatements(): Promise<void>
  untilAtRest(): Promise<void>
  /** Every row of every table as text. */
  dump(): Promise<string>
}

/** Its embedded server, as whoever has its folder can open it. */
async function openOwnDatabase({ folder }: Installation): Promise<OwnDatabase> {
  const read = (name: string): string => readFileSync(join(folder, '.parley', name), 'utf8')
  const client = new Client({
    host: '127.0.0.1',
    port: Number(read('postgres/postmaster.pid').split('\n')[3]),
    user: 'parley',
    password: read('postgres-password').trim(),
    database: 'parley',
  })
  // The server is stopped before we leave it.
  client.on('error', () => undefined)
  await client.connect()
  const query = async <Row>(text: string): Promise<Row[]> =>
    // The caller names the columns it selects.
    (await client.query(text)).rows as Row[]
  return {
    async logStatements() {
      await query(`alter system set log_statement = 'all'`)
      await query('select pg_reload_conf()')
    },
    async untilAtRest() {
      await eventually('nothing is left to do', async () => {
        const [left] = await query<{ open: number }>(
          `select (select count(*) from deliveries where state = 'stored')::int
                + (select count(*) from outbound_parts)::int as open`,
        )
        return left?.open === 0
      })
    },
    async dump() {
      const tables = await query<{ name: string }>(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables
          where schemaname not in ('pg_catalog', 'information_schema')`,
      )
      assert.ok(tables.length > 20)
      const rows: string[] = []
      for (const { name } of tables) {
        const found = await query<{ row: string }>(`select t::text as row from ${name} t`)
        rows.push(...found.map(({ row }) => `${name} ${row}`))
      }
      return rows.join('\n')
    },
    async [Symbol.asyncDispose]() {
      await client.end()
    },
  }
}
