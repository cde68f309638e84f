import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from '#support/api-client.ts'
import { Canaries, shapesOf } from '#support/canaries.ts'
import { eventually } from '#support/eventually.ts'
import type { RecordingProxy } from '#support/recording-proxy.ts'
import { openWatched } from '#support/watched-installation.ts'
import type { Watched } from '#support/watched-installation.ts'

const ACCOUNT = 'lumen.chiro'
const DAY_MS = 86_400_000
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

type Dump = { readonly text: string; readonly empty: readonly string[] }

/** Rows of these live for moments or are never made; what was written into them stands in the statements. */
const PASSED_THROUGH = new Set([
  'public.outbound_parts',
  'public.waiting_lines',
  'auth.verification',
  'graphile_worker._private_job_queues',
])

test('a canary is found whatever it is wrapped in, and cut short', () => {
  const canaries = new Canaries()
  const plain = canaries.make('plain')
  const odd = canaries.keep('odd', `it's "ä/ß+&" <b>${plain.length}</b> 🐦`)
  const wrapped = Object.entries(shapesOf(odd))
  assert.ok(wrapped.length > 12)
  for (const [shape, text] of wrapped) {
    assert.deepEqual(canaries.foundIn(`{"a":"${text}"}`), ['odd'], shape)
  }
  for (const before of ['', 'a', 'ab', 'abc']) {
    const text = Buffer.from(`${before}${plain}:x`).toString('base64')
    assert.deepEqual(canaries.foundIn(text), ['plain'], `base64 behind ${before.length} bytes`)
  }
  assert.deepEqual(canaries.foundIn(plain.slice(0, plain.length - 8)), ['plain'])
  assert.deepEqual(canaries.foundIn('nothing of it'), [])
})

test('no token, code, secret or message text is in a log, a statement, a table, a file, an address, a header or a mail', async () => {
  const canaries = new Canaries()
  await using here = await openWatched(canaries)
  // One that is meant to be seen: a place where it is not found was not searched.
  const seen = canaries.make('seen')

  const operator = await signIn(here, canaries)
  const key = await prepareTenant(here, canaries, seen)
  const jwt = canaries.keep('user jwt', signUser('clinic', here.env['HOST_JWT_SECRET'] ?? ''))
  await connect(here, canaries, { api: here.api, login: 'instagram' })
  await connect(here, canaries, { api: here.client(jwt), login: 'facebook' })
  keepTokens(canaries, here.meta)
  await makeEndpoints(here, canaries, seen)
  await converse(here, canaries, { key, operator })
  await handOut(here, canaries, seen)
  await importTokens(here, canaries)
  await failInManyWays(here, canaries, seen)
  await breakDatabase(here, canaries)
  await failJobs(here)
  const dumps: [Dump, ...Dump[]] = [await here.database.dump()]
  await liveOn(here, canaries)
  const printed = await printErrors(here, canaries)
  await untilAtRest(here)
  keepTokens(canaries, here.meta)

  const metrics = (await here.client().call('GET', '/metrics')).text
  assert.match(metrics, /parley_/)
  assert.deepEqual(canaries.foundIn(metrics), [], 'in the metrics')

  dumps.push(await here.database.dump())
  await forget(here, canaries)
  dumps.push(await here.database.dump())
  const [{ empty }] = dumps
  const untried = empty.filter((table) => dumps.every((dump) => dump.empty.includes(table)))
  assert.deepEqual(
    untried.filter((table) => !PASSED_THROUGH.has(table)),
    [],
    'never with a row',
  )
  for (const [n, dump] of dumps.entries()) {
    assert.deepEqual(canaries.foundIn(dump.text), ['seen'], `in the database, ${n}`)
  }

  const log = `${here.web.printed()}\n${here.worker.printed()}`
  assert.match(log, /wrong signature was refused/, 'there is a log')
  assert.deepEqual(canaries.foundIn(log), ['seen'], 'in the log')
  assert.deepEqual(canaries.foundIn(printed), ['seen'], 'in what commands printed')

  const statements = here.database.statements()
  assert.match(statements, /Parameters: .*17841400000000101/, 'statements have their parameters')
  assert.deepEqual(canaries.foundIn(statements), ['seen'], 'in the statements')
  writeFileSync(join(here.folder, '.parley/seen'), seen)
  assert.deepEqual(canaries.foundIn(here.files()), ['seen'], 'in a file')

  watchMeta(here, canaries)
  const told = here.host.received.map((call) => JSON.stringify(call)).join('\n')
  const hostLinks = canaries.names.filter((name) => name.startsWith('host link'))
  assert.ok(hostLinks.length > 0)
  assert.deepEqual(canaries.foundIn(told), [...hostLinks, 'seen'], 'in what the host was told')
  const heads = here.answered.join('\n')
  const given = /^(seen|.* (cookie|state|code|link).*)$/
  assert.deepEqual(
    canaries.foundIn(heads).filter((name) => !given.test(name)),
    [],
    'in our headers',
  )
  const mails = here.mails.map(({ raw }) => raw).join('\n')
  const reconnects = canaries.names.filter((name) => name.startsWith('reconnect link'))
  assert.ok(reconnects.length > 0)
  assert.deepEqual(canaries.foundIn(mails), [...reconnects, 'seen'], 'in the mails')
})

/** What Meta's own pages put into addresses, by path: tokens, and the secret where tokens are exchanged or asked about. */
const IN_ADDRESS: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /\/(v[\d.]+)\/[\w-]+(\/(accounts|permissions|subscribed_apps|subscriptions|conversations))?$/,
    ['access_token', 'appsecret_proof'],
  ],
  [/\/graph\.facebook\.com\/.*\/messages$/, ['appsecret_proof']],
  [/\/graph\.instagram\.com\/refresh_access_token$/, ['access_token']],
  [/\/graph\.instagram\.com\/access_token$/, ['access_token', 'client_secret']],
  [/\/debug_token$/, ['input_token', 'access_token', 'appsecret_proof']],
  [/\/oauth\/access_token$/, ['client_secret', 'code', 'code_verifier', 'fb_exchange_token']],
]

/** Addresses and headers at Meta hold what belongs there and nothing more. */
function watchMeta({ meta }: Watched, canaries: Canaries): void {
  const seen = new Set<string>()
  const addresses = meta.exchanges.map(({ url }) => {
    const address = new URL(url, meta.url)
    for (const [path, names] of IN_ADDRESS) {
      if (!path.test(address.pathname)) continue
      for (const name of names) {
        if (!address.searchParams.has(name)) continue
        seen.add(`${path.source} ${name}`)
        address.searchParams.delete(name)
      }
    }
    return address.href
  })
  assert.ok(seen.size > 8, [...seen].join(', '))
  assert.deepEqual(canaries.foundIn(addresses.join('\n')), ['seen'], 'in an address at Meta')
  const heads = meta.exchanges.map(({ headers }) => ({ ...headers, authorization: undefined }))
  assert.deepEqual(canaries.foundIn(JSON.stringify(heads)), [], 'in a header at Meta')
}

/** The first operator. @returns calls with the session's cookie. */
async function signIn(here: Watched, canaries: Canaries): Promise<ApiClient> {
  const printed = await here.run(['operators', 'link'])
  const link = canaries.keep('welcome link', /\/welcome\/(\S+)/.exec(printed)?.[1] ?? '')
  const account = { email: 'olivia@example.com', password: canaries.make('password') }
  const welcome = { link, name: 'Olivia', ...account }
  assert.equal((await here.client().call('POST', '/v1/welcome', welcome)).status, 201)
  const from = { origin: here.url }
  const wrong = { ...account, password: canaries.make('wrong password') }
  const refused = await here.client(undefined, from).call('POST', '/auth/sign-in/email', wrong)
  assert.equal(refused.status, 401, refused.text)
  const answer = await here.client(undefined, from).call('POST', '/auth/sign-in/email', account)
  assert.equal(answer.status, 200, answer.text)
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  canaries.keep('session cookie', decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1)))
  return here.client(undefined, { cookie, ...from })
}

/** A tenant with an address for mails and an automation, and a key. @returns calls with the key. */
async function prepareTenant(here: Watched, canaries: Canaries, seen: string): Promise<ApiClient> {
  const made = await here.api.take<{ secret: string }>('POST', '/v1/api-keys', {
    name: 'made',
    scopes: ['connections:read', 'messages:read', 'messages:write'],
  })
  const tenant = {
    name: `Clinic ${seen}`,
    contactEmail: 'clinic@example.org',
    returnUrls: [`${here.url}/connections`],
    defaultAutomation: echo,
  }
  const answer = await here.api.call('PUT', '/v1/tenants/clinic', tenant, { 'x-request-id': seen })
  assert.equal(answer.status, 201, answer.text)
  return here.client(canaries.keep('made key', made.secret))
}

/** One that listens and one that fails; the first gets a new secret. */
async function makeEndpoints(here: Watched, canaries: Canaries, seen: string): Promise<void> {
  here.host.answer(500, '/failing')
  for (const name of [seen, 'failing']) {
    const url = `http://${here.host.target}/${name}`
    const body = { url, tenantId: 'clinic' }
    const made = await here.api.take<{ id: string; secret: string }>(
      'POST',
      '/v1/host-endpoints',
      body,
    )
    canaries.keep(`endpoint secret of ${name}`, made.secret)
    if (name === 'failing') continue
    const path = `/v1/host-endpoints/${made.id}/roll-secret`
    const rolled = await here.api.take<{ secret: string }>('POST', path, {})
    canaries.keep('endpoint secret after', rolled.secret)
  }
}

/** The token in an answer, and calls in its place. */
async function handOut(here: Watched, canaries: Canaries, seen: string): Promise<void> {
  const id = await connectionOf(here, ACCOUNT)
  const { accessToken } = await here.api.take<{ accessToken: string }>(
    'GET',
    `/v1/connections/${id}/access-token`,
  )
  canaries.keep('token handed out', accessToken)
  const graph = `/v1/connections/${id}/graph/v25.0`
  const read = await here.api.call('GET', `${graph}/me?fields=id,username&of=${seen}`)
  assert.equal(read.status, 200, read.text)
  const { igsid } = await here.simulator.thread(ACCOUNT, 'ana')
  const message = { recipient: { id: igsid }, message: { text: canaries.make('forwarded line') } }
  const sent = await here.api.call('POST', `${graph}/me/messages`, message)
  assert.equal(sent.status, 200, sent.text)
  const wrong = { recipient: { id: '1' }, message: { text: canaries.make('forwarded in vain') } }
  assert.ok((await here.api.call('POST', `${graph}/me/messages`, wrong)).status >= 400)
  const outside = await here.api.call('GET', `${graph}/..%2f${canaries.make('path outside')}`)
  assert.ok(outside.status >= 400 && outside.status < 500, outside.text)
}

/** By the API and by a file: rows that are kept, rows that are refused, a file that is none. */
async function importTokens(here: Watched, canaries: Canaries): Promise<void> {
  const makeToken = async (name: string, body: object): Promise<string> => {
    const made = await here.simulator.post<{ accessToken: string }>('/tokens', body)
    return canaries.keep(`token of ${name}`, made.accessToken)
  }
  const nia = await makeToken('nia', { account: 'studio.nia', ageMs: 40 * DAY_MS })
  const garbage = (name: string): string => canaries.make(`refused token ${name}`)
  const rows = [
    { tenantId: 'clinic', login: 'instagram', accessToken: nia },
    { tenantId: 'clinic', login: 'instagram', accessToken: garbage('one') },
    { tenantId: 'nobody', login: 'instagram', accessToken: garbage('two') },
    { tenantId: 'clinic', login: 'threads', accessToken: garbage('three') },
    { tenantId: 'clinic', login: 'facebook', accessToken: garbage('four'), pageId: 'no digits' },
  ]
  const report = await here.api.take<{ kept: number; refused: number }>(
    'POST',
    '/v1/connections/import',
    { rows, invite: true },
  )
  assert.deepEqual({ kept: report.kept, refused: report.refused }, { kept: 1, refused: 4 })
  keepLinks(canaries, 'invite', JSON.stringify(report))
  const single = { tenantId: 'clinic', login: 'instagram', accessToken: garbage('five') }
  assert.ok((await here.api.call('POST', '/v1/connections/import', single)).status >= 400)

  const file = join(here.folder, 'accounts.csv')
  writeFileSync(
    file,
    `tenant,token\nclinic,${garbage('six')}\nclinic,${garbage('seven')},too,many\n`,
  )
  const half = join(here.folder, 'half.json')
  writeFileSync(half, `[{"tenantId": "clinic", "accessToken": "${garbage('eight')}`)
  for (const [path, args] of [
    [file, ['--invite']],
    [file, ['--json']],
    [half, []],
  ] as const) {
    const printed = await here.run(['connections', 'import', path, '--tenant', 'clinic', ...args])
    keepLinks(canaries, 'invite', printed)
    const shown = canaries.foundIn(printed).filter((name) => !name.startsWith('invite'))
    assert.deepEqual(shown, [], printed)
    assert.match(printed, /refused|row|JSON/i)
  }
  // They are the person's own.
  for (const path of [file, half]) writeFileSync(path, '')
}

/** Links to send on, wherever they stand. @returns the first one. */
function keepLinks(canaries: Canaries, name: string, text: string): string | undefined {
  const links = [...text.matchAll(/\/connect\/([\w-]{20,})/g)].map(([, link]) => link ?? '')
  for (const link of links) {
    canaries.keep(`${name} link ${canaries.names.length}`, link)
  }
  return links[0]
}

/** What a request and the workers say of a database that is not as it should be, with a text in their hands. */
async function breakDatabase(here: Watched, canaries: Canaries): Promise<void> {
  const { database, simulator } = here
  const id = await connectionOf(here, ACCOUNT)
  const text = `{{text}} ${canaries.make('automation')}`
  const steps = { echo: { type: 'message', text, next: null } }
  const body = { ...echo, flow: { version: 1, start: 'echo', steps } }
  await database.query('alter table automations rename to automations_away')
  const answer = await here.api.call('PUT', `/v1/connections/${id}/automation`, body)
  await database.query('alter table automations_away rename to automations')
  assert.equal(answer.status, 500, answer.text)
  assert.deepEqual(canaries.foundIn(answer.text), [], 'in an answer')

  const line = canaries.make('line while sessions end')
  await simulator.write('jonas', ACCOUNT, line)
  for (let n = 0; n < 5; n += 1) {
    await database.query(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'parley owner'`)
    await sleep(100)
  }
  await eventually('it is kept all the same', async () => {
    const { text } = await here.api.call('GET', '/v1/tenants/clinic/export')
    return text.includes(line)
  })
}

/** A job that throws is kept with what it threw. */
async function failJobs({ database }: Watched): Promise<void> {
  await database.query('alter table sign_in_links rename to sign_in_links_away')
  await database.query(`select graphile_worker.add_job('access:forget_expired')`)
  await eventually('a job has failed', async () => {
    const failed = await database.query(
      'select 1 from graphile_worker._private_jobs where last_error is not null',
    )
    return failed.length > 0
  })
  await database.query('alter table sign_in_links_away rename to sign_in_links')
}

/** A month later: tokens are refreshed, one dies, its owner is written to and comes back by the link. */
async function liveOn(here: Watched, canaries: Canaries): Promise<void> {
  await here.pass(40 * DAY_MS)
  const refreshed = (): boolean =>
    here.meta.exchanges.some(
      ({ url, got }) => url.includes('/refresh_access_token') && got.includes('access_token'),
    )
  await eventually('a token is refreshed', async () => refreshed())
  keepTokens(canaries, here.meta)
  const dead = [...canaries.names].filter((name) => name.startsWith('token ')).at(-1) ?? ''
  for (const path of ['/refresh_access_token', '/me']) {
    await here.simulator.post('/faults', {
      path,
      account: ACCOUNT,
      times: 20,
      error: { code: 190, subcode: 460, message: `Error validating ${canaries.value(dead)}` },
    })
  }
  const id = await connectionOf(here, ACCOUNT)
  await here.api.call('POST', `/v1/connections/${id}/check`, {})
  await here.api.call('POST', '/v1/connections/refresh', { force: true })
  await eventually('the owner is written to', async () =>
    here.mails.some(({ raw }) => raw.includes('/connect/')),
  )
  await here.simulator.remove('/faults')
  await eventually('the host is told', async () => toldLinks(here) !== '')
  keepLinks(canaries, 'host', toldLinks(here))
  for (const { raw } of here.mails) {
    const link = keepLinks(canaries, 'reconnect', raw.replaceAll('=\r\n', ''))
    if (link === undefined) continue
    await followLink(here, canaries, { link, login: 'instagram', name: 'reconnect' })
  }
  await here.pass(msUntilMonday(here.now()))
  await eventually('the week is mailed', async () =>
    here.mails.some(({ raw }) => raw.includes('the week until') || raw.includes('the_week_until')),
  )
}

/** What the host is sent to reconnect with: nowhere else. */
const toldLinks = (here: Watched): string =>
  here.host.received
    .map(({ json }) => json.data?.reconnectUrl ?? '')
    .join(' ')
    .trim()

/** Five past eight. */
function msUntilMonday(nowMs: number): number {
  const now = new Date(nowMs)
  const days = (8 - now.getUTCDay()) % 7
  const at = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days, 8, 5)
  return at > nowMs ? at - nowMs : at - nowMs + 7 * DAY_MS
}

/** The whole way of one login, keeping every secret that passes the browser. */
async function connect(
  here: Watched,
  canaries: Canaries,
  { api, login }: { api: ApiClient; login: 'instagram' | 'facebook' },
): Promise<void> {
  const session = await api.take<{ url: string }>('POST', '/v1/connect-sessions', {
    tenantId: 'clinic',
    login,
  })
  const link = new URL(session.url).pathname.split('/').at(-1) ?? ''
  canaries.keep(`${login} link`, link)
  const result = await followLink(here, canaries, { link, login, name: login })
  const code = result.get('confirm')
  if (code === null) return
  await api.take('POST', `/v1/connections/${result.get('connection_id')}/confirm`, { code })
}

/** @returns what the browser brings back. */
async function followLink(
  here: Watched,
  canaries: Canaries,
  { link, login, name }: { link: string; login: 'instagram' | 'facebook'; name: string },
): Promise<URLSearchParams> {
  const anybody = here.client()
  const path = `/connect/${link}`
  const shown = await anybody.call('GET', path)
  const jar = new Map<string, string>()
  const keepCookies = (headers: Headers): string => {
    for (const line of headers.getSetCookie()) {
      const [cookieName = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      jar.set(cookieName, canaries.keep(`${name} cookie ${jar.size}`, value))
    }
    return [...jar].map(([cookieName, value]) => `${cookieName}=${value}`).join('; ')
  }
  let cookie = keepCookies(shown.headers)
  const form = { 'content-type': 'application/x-www-form-urlencoded', origin: here.url, cookie }
  const left =
    shown.status === 302 ? shown : await anybody.call('POST', path, `login=${login}`, form)
  cookie = keepCookies(left.headers)
  const window = left.headers.get('location') ?? ''
  canaries.keep(`${name} state`, new URL(window).searchParams.get('state') ?? '')
  const choice = login === 'instagram' ? { account: ACCOUNT } : { pages: ['Casa Verde'] }
  const back = new URL(await here.simulator.consent(window, choice))
  canaries.keep(`${name} code`, back.searchParams.get('code') ?? '')
  const returned = await anybody.call('GET', `${back.pathname}${back.search}`, undefined, {
    cookie,
  })
  const result = new URL(returned.headers.get('location') ?? '', here.url).searchParams
  assert.equal(result.get('connected'), '1', `${returned.status} ${returned.text}`)
  const code = result.get('confirm')
  if (code !== null) canaries.keep(`${name} confirm code`, code)
  return result
}

async function connectionOf({ api }: Watched, username: string): Promise<string> {
  type Known = { id: string; account: { username: string } }
  const { data } = await api.take<{ data: Known[] }>('GET', '/v1/connections')
  return data.find(({ account }) => account.username === username)?.id ?? assert.fail(username)
}

/** Every token Meta handed out, and every verifier it was shown. */
function keepTokens(canaries: Canaries, { exchanges }: RecordingProxy): void {
  const got = exchanges.map((each) => each.got).join('\n')
  const sent = exchanges.map((each) => `${each.url}\n${each.sent}`).join('\n')
  const keepAll = (name: string, text: string, pattern: RegExp): void => {
    const values = new Set([...text.matchAll(pattern)].map(([, value]) => value ?? ''))
    for (const [n, value] of [...values].entries()) canaries.keep(`${name} ${n + 1}`, value)
  }
  keepAll('token', got, /"access_token":\s*"([^"]+)"/g)
  keepAll('verifier', sent, /code_verifier=([^&\s]+)/g)
  keepAll('proof', sent, /appsecret_proof=([^&\s]+)/g)
}

/** Every kind of text a person, an operator and a program can leave behind. */
async function converse(
  here: Watched,
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
  const payload = canaries.value('tap payload')
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
    const isThere = (name: string) => said.includes(canaries.value(name))
    return isThere('reply of the host') && isThere('reply of the operator')
  })
}

/** Errors quote what they could not use; these are all made with something secret in hand. */
async function failInManyWays(here: Watched, canaries: Canaries, seen: string): Promise<void> {
  const { api, simulator, meta } = here
  const anybody = here.client(undefined, { 'x-request-id': seen })
  const token = canaries.value('token 1')
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
    [here.client(canaries.make('stray key')), 'GET', '/v1/connections', undefined],
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
  const before = meta.exchanges.length
  await simulator.write('zoe', ACCOUNT, canaries.make('line whose answer is refused'))
  await eventually('the refusal arrives', async () =>
    meta.exchanges.slice(before).some(({ got }) => got.includes('Malformed access token')),
  )
}

/** What is said of settings, files and databases that are wrong: each has a secret in hand. */
async function printErrors(here: Watched, canaries: Canaries): Promise<string> {
  const wrong = (name: string): string => canaries.make(`wrong ${name}`)
  const settings = [
    { PARLEY_ENCRYPTION_KEYS: `k1:${wrong('master key')}` },
    {
      PARLEY_ENCRYPTION_KEYS: `other:${canaries.keep('foreign master key', 'Zm9yZWlnbi1rZXktb2YtMzItYnl0ZXMtd2hvbGUhISE=')}`,
    },
    { PARLEY_SECRET: canaries.keep('short secret', 'short-secret') },
    { SMTP_URL: `http://user:${wrong('smtp password')}@localhost` },
    { DATABASE_URL: `mysql://parley:${wrong('database password')}@localhost/parley` },
    { DATABASE_URL: `postgres://parley:${wrong('password of a database')}@127.0.0.1:1/parley` },
    { DATABASE_URL: withPassword(here.env['DATABASE_URL'] ?? '', wrong('password of ours')) },
    { HOST_JWKS_URL: `ftp://${wrong('address of keys')}@localhost` },
    {
      KMS_KEY_ID: 'alias/parley',
      KMS_REGION: 'eu-west-1',
      KMS_ACCESS_KEY_ID: 'AKIA',
      KMS_ENDPOINT: 'http://kms.example.org',
      KMS_SECRET_ACCESS_KEY: wrong('service secret'),
    },
    { PARLEY_API_KEY_FILE: join(here.folder, wrong('file')) },
  ]
  const printed: string[] = []
  for (const [n, changed] of settings.entries()) {
    const args = n % 2 === 0 ? ['web'] : ['tokens', 'status']
    const said = await here.run(args, { PORT: '1', ...changed })
    assert.match(said, /Cannot start|The database|This database/, said)
    printed.push(said)
  }
  for (const args of [
    ['tokens', 'status'],
    ['connections', 'list', '--json'],
    ['doctor'],
    ['audit', 'export'],
    ['keys', 'rotate', '--tenant', 'clinic', '--no-wait'],
    ['keys', 'status'],
  ]) {
    printed.push(await here.run(args))
  }
  return printed.join('\n')
}

function withPassword(url: string, password: string): string {
  const changed = new URL(url)
  changed.password = password
  return changed.href
}

/** Export, erasure of a person, both callbacks of Meta, erasure of the tenant. */
async function forget(here: Watched, canaries: Canaries): Promise<void> {
  const { api, simulator, url } = here
  const list = await api.take<{ data: { id: string }[] }>('GET', '/v1/conversations')
  const exported = await api.call('GET', '/v1/tenants/clinic/export')
  assert.ok(exported.text.includes(canaries.value('line')), 'an export has what was said')
  await api.take('DELETE', `/v1/conversations/${list.data[0]?.id}/person`)
  for (const kind of ['deauthorize', 'data-deletion']) {
    const path = `${url}/webhooks/meta/${kind}`
    const told = await simulator.post<{ status: number }>(`/${kind}`, {
      account: 'studio.nia',
      url: path,
    })
    assert.equal(told.status, 200)
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const stray = `signed_request=${canaries.make(`stray signature of ${kind}`)}.e30`
    const refused = await here.client().call('POST', `/webhooks/meta/${kind}`, stray, form)
    assert.ok(refused.status >= 400 && refused.status < 500, refused.text)
  }
  const { id } = await api.take<{ id: string }>('DELETE', '/v1/tenants/clinic')
  await eventually('everything is forgotten', async () => {
    const { status } = await api.take<{ status: string }>('GET', `/v1/erasures/${id}`)
    return status === 'done'
  })
}

async function untilAtRest({ database }: Watched): Promise<void> {
  await eventually('nothing is left to do', async () => {
    const [left] = await database.query<{ open: number }>(
      `select (select count(*) from deliveries where state = 'stored')::int
            + (select count(*) from outbound_parts)::int as open`,
    )
    return left?.open === 0
  })
}

function signUser(subject: string, secret: string): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claims = { sub: subject, exp: Math.floor(Date.now() / 1000) + 300 }
  const signed = `${encode({ alg: 'HS256' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
