import assert from 'node:assert/strict'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { HttpPort, HttpRequest, HttpResponse } from '@parley/instagram/http-port.ts'
import { startSimulator } from '@parley/simulator/simulator.ts'
import { copyDefaultAutomation } from '#automation/copy-default-automation.ts'
import { connectRoutes } from '#connect/routes.ts'
import type { ConnectHooks } from '#connect/schema.ts'
import { connectionRoutes } from '#connections/routes.ts'
import { sql } from '#ports/database.ts'
import { tokenRoutes } from '#tokens/routes.ts'
import { testApp } from '#testing/test-app.ts'
import { testApps, testConfig, testPorts } from '#testing/test-ports.ts'
import type { Config } from '#config.ts'

/** Answers in Meta's place, or lets the call through with undefined. */
export type Intercept = (
  request: HttpRequest,
) => HttpResponse | undefined | Promise<HttpResponse | undefined>

export const RETURN_URL = 'https://app.example/settings?tab=channels'

/**
 * A server and a simulated Meta, to connect accounts in: `await using world = await testConnectWorld()`.
 * Tenants `clinic` and `shop` are there.
 */
export async function testConnectWorld(options: { config?: Partial<Config> } = {}) {
  const url = options.config?.url ?? 'http://localhost:3000'
  const simulator = await startSimulator({
    port: 0,
    instagramApp: {
      ...testApps.instagram,
      redirectUris: [`${url}/oauth/instagram/callback`],
    },
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
  const config = testConfig({
    metaUrls: {
      instagramWww: simulator.urls.INSTAGRAM_WWW_URL,
      instagramApi: simulator.urls.INSTAGRAM_API_URL,
      instagramGraph: simulator.urls.INSTAGRAM_GRAPH_URL,
      facebookWww: simulator.urls.FACEBOOK_WWW_URL,
      facebookGraph: simulator.urls.FACEBOOK_GRAPH_URL,
    },
    ...options.config,
  })
  const ports = await testPorts({ config, http })
  const hooks: ConnectHooks = {
    onFirstConnect: async (db, connection) => await copyDefaultAutomation(ports, db, connection),
  }
  const server = testApp(ports)
  server.app.route('/', connectRoutes(ports, hooks))
  server.app.route('/', connectionRoutes(ports))
  server.app.route('/', tokenRoutes(ports))
  await server.tenant('clinic', [RETURN_URL])
  await server.tenant('shop', ['https://shop.example/done'])

  const control = async (path: string, body?: unknown, method = 'POST'): Promise<any> => {
    const response = await fetch(`${simulator.url}/simulator${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    assert.ok(response.ok, `the simulator took ${path}`)
    return await response.json()
  }
  const newBrowser = (): TestBrowser => new TestBrowser(server.app)

  return {
    ...server,
    ports,
    hooks,
    simulator,
    seen,
    intercepts,
    control,
    newBrowser,
    /** A link, made with the host's key unless other headers are given. */
    async session(
      request: Record<string, unknown> = {},
      headers: Record<string, string> = server.asHost,
    ): Promise<{ id: string; url: string; expiresAt: string }> {
      const made = await server.call('POST', '/v1/connect-sessions', {
        body: { tenantId: 'clinic', ...request },
        headers,
      })
      assert.equal(made.status, 201, made.text)
      return made.json
    },
    /** From the link to the last answer of ours: the redirect to the host, the picker, or a page. */
    async walk(
      link: string,
      choice: Consent & { login?: string } = {},
      browser = newBrowser(),
    ): Promise<Landing> {
      const authorizeUrl = await browser.leave(link, choice.login)
      return await browser.open(await this.consent(authorizeUrl, choice))
    },
    /** What the person does at Meta; the callback address it leads to. */
    async consent(authorizeUrl: string, choice: Consent = {}): Promise<string> {
      const { allow = true, account = 'lumen.chiro', declined = [], pages } = choice
      const body = { url: authorizeUrl, allow, account, declined, ...(pages && { pages }) }
      return (await control('/consent', body)).redirectUrl
    },
    /** Connects and gives the connection. */
    async connected(
      request: Record<string, unknown> = {},
      choice: Consent & { login?: string } = {},
    ): Promise<any> {
      const { url } = await this.session(request)
      const landing = await this.walk(url, choice)
      const id = landing.location?.searchParams.get('connection_id')
      assert.ok(id, `connected: ${landing.location?.href ?? landing.text}`)
      return (await server.call('GET', `/v1/connections/${id}`, { headers: server.asHost })).json
    },
    async find(id: string): Promise<any> {
      return (await server.call('GET', `/v1/connections/${id}`, { headers: server.asHost })).json
    },
    async audit(): Promise<{ action: string; purpose: string | null; detail: any }[]> {
      return await ports.db.many(
        sql`select action, actor, tenant_id, purpose, detail from audit_log order by id`,
      )
    },
    /** Calls at Meta since the world began, by path. */
    calls: (part: string): number => seen.filter((request) => request.url.includes(part)).length,
    async [Symbol.asyncDispose]() {
      await ports[Symbol.asyncDispose]()
      await simulator.close()
    },
  }
}

export type TestConnectWorld = Awaited<ReturnType<typeof testConnectWorld>>

export type Consent = {
  allow?: boolean
  account?: string
  declined?: string[]
  pages?: string[]
}

export type Landing = {
  readonly status: number
  readonly location: URL | undefined
  readonly text: string
  readonly headers: Headers
}

/** Cookies, and no memory beside them. */
export class TestBrowser {
  readonly #app: { request(path: string, init: RequestInit): Response | Promise<Response> }
  readonly cookies = new Map<string, string>()

  constructor(app: { request(path: string, init: RequestInit): Response | Promise<Response> }) {
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

  async #send(
    url: string,
    init: RequestInit & { headers: Record<string, string> },
  ): Promise<Landing> {
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
      ...(request.body === undefined ? {} : { body: String(request.body) }),
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
