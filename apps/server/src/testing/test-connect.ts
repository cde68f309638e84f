import assert from 'node:assert/strict'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { HttpPort, HttpRequest, HttpResponse } from '@parley/instagram/http-port.ts'
import { Secret } from '@parley/instagram/secret.ts'
import { startSimulator } from '@parley/simulator/simulator.ts'
import type { Simulator } from '@parley/simulator/simulator.ts'
import { SignJWT } from 'jose'
import { copyDefaultAutomation } from '#automation/copy-default-automation.ts'
import type { ConnectHooks } from '#connect/schema.ts'
import { sql } from '#ports/database.ts'
import { silentLog } from '#ports/log.ts'
import type { Log } from '#ports/log.ts'
import { bearer, testApp } from '#testing/test-app.ts'
import type { Answer } from '#testing/test-app.ts'
import { testApps, testConfig, testPorts } from '#testing/test-ports.ts'
import type { Config } from '#config.ts'

/** Tests say what they expect of it. */
export type Json = Answer['json']

/** Answers in Meta's place, or lets the call through with undefined. */
export type Intercept = (
  request: HttpRequest,
) => HttpResponse | undefined | Promise<HttpResponse | undefined>

const HOST_JWT_SECRET = 'the-host-signs-its-users-with-this-secret'

export const RETURN_URL = 'https://app.example/settings?tab=channels'

/**
 * A server and a simulated Meta, to connect accounts in: `await using world = await testConnectWorld()`.
 * Tenants `clinic` and `shop` are there.
 */
export async function testConnectWorld(options: { config?: Partial<Config>; log?: Log } = {}) {
  const stage = await openStage(options.config ?? {}, options.log)
  const { server, ports, control } = stage
  await server.tenant('clinic', [RETURN_URL])
  await server.tenant('shop', ['https://shop.example/done'])
  const newBrowser = (): TestBrowser => new TestBrowser(server.app)

  /** A link, made with the host's key unless other headers are given. */
  const session = async (
    request: Record<string, unknown> = {},
    headers: Record<string, string> = server.asHost,
  ): Promise<{ id: string; url: string; expiresAt: string }> => {
    const body = { tenantId: 'clinic', ...request }
    const made = await server.call('POST', '/v1/connect-sessions', { body, headers })
    assert.equal(made.status, 201, made.text)
    return made.json
  }
  /** What the person does at Meta; the callback address it leads to. */
  const consent = async (authorizeUrl: string, choice: Consent = {}): Promise<string> => {
    const { allow = true, account = 'lumen.chiro', declined = [], pages } = choice
    const body = { url: authorizeUrl, allow, account, declined, ...(pages && { pages }) }
    return (await control('/consent', body)).redirectUrl
  }
  /** From the link to the last answer of ours: the redirect to the host, the picker, or a page. */
  const walk = async (
    link: string,
    choice: Choice = {},
    browser = newBrowser(),
  ): Promise<Landing> =>
    await browser.open(await consent(await browser.leave(link, choice.login), choice))
  const find = async (id: string): Promise<Json> =>
    (await server.call('GET', `/v1/connections/${id}`, { headers: server.asHost })).json
  /** Connects and gives the connection. */
  const connected = async (
    request: Record<string, unknown> = {},
    choice: Choice = {},
  ): Promise<Json> => {
    const landing = await walk((await session(request)).url, choice)
    const id = landing.location?.searchParams.get('connection_id')
    assert.ok(id, `connected: ${landing.location?.href ?? landing.text}`)
    return await find(id)
  }
  const audit = async (): Promise<{ action: string; purpose: string | null; detail: Json }[]> =>
    await ports.db.many(
      sql`select action, actor, tenant_id, purpose, detail from audit_log order by id`,
    )
  return {
    ...server,
    ...stage,
    newBrowser,
    session,
    consent,
    walk,
    find,
    connected,
    audit,
    asTenant,
    /** Calls at Meta since the world began, by a part of their address. */
    calls: (part: string): number =>
      stage.seen.filter((request) => request.url.includes(part)).length,
  }
}

/** Headers of the tenant's own signed-in page. */
async function asTenant(tenantId = 'clinic'): Promise<{ authorization: string }> {
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(tenantId)
    .setExpirationTime('10 years')
    .sign(Buffer.from(HOST_JWT_SECRET))
  return bearer(token)
}

/** The simulator, our server before it, and a way to step between them. */
async function openStage(overrides: Partial<Config>, log: Log = silentLog) {
  const url = overrides.url ?? 'http://localhost:3000'
  const simulator = await startSimulator({
    port: 0,
    instagramApp: { ...testApps.instagram, redirectUris: [`${url}/oauth/instagram/callback`] },
    facebookApp: { ...testApps.facebook, redirectUris: [`${url}/oauth/facebook/callback`] },
  })
  const seen: HttpRequest[] = []
  const intercepts: Intercept[] = []
  const http: HttpPort = async (request) => {
    seen.push(request)
    for (const intercept of intercepts) {
      const answer = await intercept(request)
      if (answer !== undefined) return answer
    }
    return await fetchOnce(request)
  }
  const ports = await testPorts({ config: simulatedConfig(simulator, overrides), http, log })
  const hooks: ConnectHooks = {
    onFirstConnect: async (db, connection) => await copyDefaultAutomation(ports, db, connection),
  }
  const server = testApp(ports)

  const control = async (path: string, body?: unknown, method = 'POST'): Promise<Json> => {
    const response = await fetch(`${simulator.url}/simulator${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    assert.ok(response.ok, `the simulator took ${path}`)
    return await response.json()
  }
  return {
    server,
    ports,
    hooks,
    simulator,
    seen,
    intercepts,
    control,
    async [Symbol.asyncDispose]() {
      await ports[Symbol.asyncDispose]()
      await simulator.close()
    },
  }
}

function simulatedConfig(simulator: Simulator, overrides: Partial<Config>): Config {
  return testConfig({
    metaUrls: {
      instagramWww: simulator.urls.INSTAGRAM_WWW_URL,
      instagramApi: simulator.urls.INSTAGRAM_API_URL,
      instagramGraph: simulator.urls.INSTAGRAM_GRAPH_URL,
      facebookWww: simulator.urls.FACEBOOK_WWW_URL,
      facebookGraph: simulator.urls.FACEBOOK_GRAPH_URL,
    },
    hostJwt: {
      jwksUrl: undefined,
      secret: new Secret(HOST_JWT_SECRET),
      tenantClaim: 'sub',
      audience: undefined,
      issuer: undefined,
      createsTenants: false,
    },
    ...overrides,
  })
}

export type TestConnectWorld = Awaited<ReturnType<typeof testConnectWorld>>

/** Meta's clock goes to where ours does. */
export async function pass(world: TestConnectWorld, ms: number): Promise<void> {
  world.ports.clock.advance(ms)
  await world.control('/clock', { nowMs: world.ports.clock.now() })
}

/** A world in which Meta's clock agrees with ours from the start: it holds on any day. */
export async function worldInStep(): Promise<TestConnectWorld> {
  const world = await testConnectWorld()
  await pass(world, 0)
  return world
}

export type Consent = {
  allow?: boolean
  account?: string
  declined?: string[]
  pages?: string[]
}

export type Choice = Consent & { login?: string }

export type Landing = {
  readonly status: number
  readonly location: URL | undefined
  readonly text: string
  readonly headers: Headers
}

type App = { request(path: string, init: RequestInit): Response | Promise<Response> }
type Sent = { method: string; headers: Record<string, string>; body?: string }

/** Cookies, and no memory beside them. */
export class TestBrowser {
  readonly #app: App
  readonly cookies = new Map<string, string>()

  constructor(app: App) {
    this.#app = app
  }

  /** Presses the button on the link's page; the address at Meta. */
  async leave(link: string, login?: string): Promise<string> {
    const page = await this.open(link)
    if (page.location !== undefined) return page.location.href
    assert.equal(page.status, 200, page.text)
    const gone = await this.press(link, login === undefined ? {} : { login })
    assert.ok(gone.location, `on the way to Meta: ${gone.status} ${gone.text}`)
    return gone.location.href
  }

  async open(url: string, headers: Record<string, string> = {}): Promise<Landing> {
    return await this.#send(url, { method: 'GET', headers: { accept: 'text/html', ...headers } })
  }

  async press(
    url: string,
    form: Record<string, string>,
    headers: Record<string, string> = { 'sec-fetch-site': 'same-origin' },
  ): Promise<Landing> {
    return await this.#send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(form).toString(),
    })
  }

  async #send(url: string, init: Sent): Promise<Landing> {
    const { pathname, search } = new URL(url, 'http://localhost:3000')
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await this.#app.request(pathname + search, {
      ...init,
      headers: { ...(cookie === '' ? {} : { cookie }), ...init.headers },
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';', 1)
      this.cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    const location = response.headers.get('location')
    return {
      status: response.status,
      location: location === null ? undefined : new URL(location, 'http://localhost:3000'),
      text: await response.text(),
      headers: response.headers,
    }
  }
}

async function fetchOnce(request: HttpRequest): Promise<HttpResponse> {
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(request.timeoutMs),
      ...(request.body === undefined ? {} : { body: Buffer.from(request.body) }),
    })
    const body = new Uint8Array(await response.arrayBuffer())
    if (body.byteLength > request.maxBytes) throw new HttpFailure('too_large')
    return { status: response.status, headers: Object.fromEntries(response.headers), body }
  } catch (cause) {
    if (cause instanceof HttpFailure) throw cause
    throw new HttpFailure('after_sent', { cause })
  }
}

/** An answer in JSON, for intercepts. */
export function answerJson(status: number, body: unknown): HttpResponse {
  return { status, headers: {}, body: Buffer.from(JSON.stringify(body)) }
}
