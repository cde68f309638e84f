import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import type { Request } from 'playwright-core'
import { ApiClient } from '#support/api-client.ts'
import type { Answer } from '#support/api-client.ts'
import { noBrowser, openBrowser, openContext } from '#support/browser.ts'
import { connectAccount } from '#support/connect-over-http.ts'
import { startDemo } from '#support/demo.ts'
import { freePort } from '#support/spawn-parley.ts'

const JWT_SECRET = 'the-secret-a-host-signs-its-users-with'
const TENANT = 'clinic-7'

test(
  'a page of the host connects with nothing but its user’s JWT',
  { skip: noBrowser },
  async (t) => {
    await using host = await serveHostPage()
    await using stranger = await serveHostPage()
    await using demo = await startDemo({ HOST_JWT_SECRET: JWT_SECRET })
    await using browser = await openBrowser()
    const { context, complaints } = await openContext(browser)
    const jwt = signUser(TENANT)
    const settings = `${host.url}/settings`
    await demo.api.take('PUT', `/v1/tenants/${TENANT}`, {
      name: 'Clinic 7',
      returnUrls: [settings],
    })
    host.show(pageOf(demo.url, jwt))
    stranger.show(pageOf(demo.url, jwt))
    const page = await context.newPage()
    let connectionId = ''

    await t.test('in two steps: press, approve', async () => {
      // An operator is signed in in the same browser: that must not matter to anybody.
      await page.goto(await demo.welcomeLink())
      await page.getByLabel('Your name').fill('Olivia Owner')
      await page.getByLabel('Email').fill('olivia@example.com')
      await page.getByLabel('Password', { exact: true }).fill('a-long-password-1')
      await page.getByRole('button', { name: 'Create account' }).click()
      await page.getByText('No account is connected').waitFor()
      assert.equal((await context.cookies(demo.url)).length > 0, true)

      const calls: Request[] = []
      page.on('request', (request) => {
        if (request.url().startsWith(`${demo.url}/v1/`)) calls.push(request)
      })
      await page.goto(settings)
      await page.getByText('Not connected').waitFor()
      const left = page.waitForURL((url) => url.href.startsWith(demo.simulator.url))
      await page.getByRole('button', { name: 'Connect Instagram' }).click()
      await left
      await page.getByRole('button', { name: 'Allow' }).click()
      await page.getByText('Instagram connected').waitFor()
      await page.getByText('@lumen.chiro').waitFor()

      const returned = new URL(page.url())
      assert.equal(`${returned.origin}${returned.pathname}`, settings)
      assert.equal(returned.searchParams.get('connected'), '1')
      assert.ok((returned.searchParams.get('confirm') ?? '').length >= 20)
      connectionId = returned.searchParams.get('connection_id') ?? ''

      const made = calls.map((call) => `${call.method()} ${new URL(call.url()).pathname}`)
      for (const expected of [
        'POST /v1/connect-sessions',
        `POST /v1/connections/${connectionId}/confirm`,
        'GET /v1/connections',
      ]) {
        assert.ok(made.includes(expected), `${expected} in ${made.join(', ')}`)
      }
      for (const call of calls) {
        const sent = await call.allHeaders()
        assert.equal(sent['cookie'], undefined, call.url())
        const answer = await (await call.response())?.allHeaders()
        assert.equal(answer?.['access-control-allow-credentials'], undefined)
        assert.equal(answer?.['set-cookie'], undefined)
        assert.equal(answer?.['access-control-allow-origin'], host.url)
      }
    })

    await t.test('the code again gives the same answer, another code none', async () => {
      const api = new ApiClient(demo.url, jwt)
      const code = new URL(page.url()).searchParams.get('confirm')
      const path = `/v1/connections/${connectionId}/confirm`
      const again = await api.call('POST', path, { code })
      assert.equal(again.status, 200, again.text)
      const guessed = await api.call('POST', path, { code: 'guessed' })
      assert.equal((guessed.json as { code: string }).code, 'connect/confirmation-invalid')
      const list = await api.take<{ data: { id: string; status: string }[] }>(
        'GET',
        '/v1/connections',
      )
      assert.deepEqual(
        list.data.map(({ id, status }) => ({ id, status })),
        [{ id: connectionId, status: 'active' }],
      )
    })

    await t.test('another tenant’s connection is as unknown as none', async () => {
      await demo.api.take('PUT', '/v1/tenants/other', { name: 'Other' })
      const foreign = await connectAccount(demo, 'other', 'studio.nia')
      const unknown = foreign.replace(/.{4}$/, (end) => (end === '0000' ? '0001' : '0000'))
      const api = new ApiClient(demo.url, jwt, { origin: host.url })
      for (const [method, rest] of [
        ['GET', ''],
        ['GET', '/token-status'],
        ['POST', '/confirm'],
        ['DELETE', ''],
      ] as const) {
        const answers = [foreign, unknown].map(
          async (id) => await api.call(method, `/v1/connections/${id}${rest}`),
        )
        const [one, other] = await Promise.all(answers)
        assert.equal(one?.status, 404)
        assert.deepEqual(comparable(one), comparable(other), `${method} ${rest}`)
      }
      const list = await api.take<{ data: { id: string }[] }>('GET', '/v1/connections')
      assert.deepEqual(
        list.data.map(({ id }) => id),
        [connectionId],
      )
      const mine = await demo.api.take<{ status: string }>('GET', `/v1/connections/${foreign}`)
      assert.equal(mine.status, 'active')
    })

    await t.test('a page that is no tenant’s is told nothing by the browser', async () => {
      const lurker = await context.newPage()
      await lurker.goto(`${stranger.url}/settings`)
      await lurker.getByText('Failed to fetch').waitFor()
      await lurker.close()
      const api = new ApiClient(demo.url, jwt, { origin: stranger.url })
      const answer = await api.call('GET', '/v1/connections')
      assert.deepEqual(corsHeaders(answer), [])
      const preflight = await new ApiClient(demo.url).call(
        'OPTIONS',
        '/v1/connections',
        undefined,
        {
          origin: stranger.url,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'authorization',
        },
      )
      assert.equal(preflight.status, 403)
      assert.deepEqual(corsHeaders(preflight), [])
      // The routes that are no page's business are not opened to the tenant's own origin either.
      const other = new ApiClient(demo.url, jwt, { origin: host.url })
      assert.deepEqual(corsHeaders(await other.call('GET', '/v1/conversations')), [])
    })

    await t.test('a JWT that is expired, unsigned, or of nobody opens nothing', async () => {
      const past = signUser(TENANT, -60)
      const unsigned = `${btoa('{"alg":"none"}').replaceAll('=', '')}.${jwt.split('.')[1]}.`
      for (const [token, status, code] of [
        [past, 401, 'auth/invalid-key'],
        [unsigned, 401, 'auth/invalid-key'],
        [`${jwt.slice(0, -4)}AAAA`, 401, 'auth/invalid-key'],
        [signUser('nobody'), 403, 'tenants/unknown'],
      ] as const) {
        const answer = await new ApiClient(demo.url, token).call('GET', '/v1/connections')
        assert.equal(answer.status, status)
        assert.equal((answer.json as { code: string }).code, code)
      }
    })

    // What the lurker's browser said is what it should say.
    assert.deepEqual(
      complaints.filter((text) => !/CORS policy|net::ERR_FAILED/.test(text)),
      [],
    )
  },
)

/** As RFC 7515 has it, by hand: what the server checks is not made by the library it checks with. */
function signUser(subject: string, expiresInSeconds = 300): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claims = { sub: subject, exp: Math.floor(Date.now() / 1000) + expiresInSeconds }
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', JWT_SECRET).update(signed).digest('base64url')}`
}

/** What two answers must have in common to tell nothing: all but the request's own id and time. */
function comparable(answer: Answer | undefined): unknown {
  const { status, headers, text } = answer ?? {}
  const id = headers?.get('x-request-id') ?? '?'
  const own = new Set(['x-request-id', 'date', 'ratelimit'])
  return {
    status,
    text: text?.replaceAll(id, '<request>'),
    headers: [...(headers ?? [])].filter(([name]) => !own.has(name)),
  }
}

const corsHeaders = ({ headers }: Answer): string[] =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'))

type HostPage = AsyncDisposable & { readonly url: string; show(html: string): void }

/** A product's own server, with one page. */
async function serveHostPage(): Promise<HostPage> {
  let html = ''
  const port = await freePort()
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${port}`,
    show(text) {
      html = text
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The settings page of a product: a button, and what is connected. All it knows is where Parley is and who is here. */
const pageOf = (parleyUrl: string, jwt: string): string => `<!doctype html>
<html lang="en">
<title>Settings</title>
<link rel="icon" href="data:,">
<h1>Settings</h1>
<p id="state" role="status">…</p>
<button id="connect">Connect Instagram</button>
<script type="module">
  const state = document.getElementById('state')
  const call = async (method, path, body) => {
    const answer = await fetch('${parleyUrl}' + path, {
      method,
      headers: { Authorization: 'Bearer ${jwt}', 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const reply = await answer.json()
    if (!answer.ok) throw new Error(reply.title)
    return reply
  }
  document.getElementById('connect').addEventListener('click', async () => {
    const returnUrl = location.origin + '/settings'
    const { url } = await call('POST', '/v1/connect-sessions', { login: 'instagram', returnUrl })
    location.assign(url)
  })
  try {
    const back = new URLSearchParams(location.search)
    if (back.get('connected') === '1') {
      const path = '/v1/connections/' + back.get('connection_id') + '/confirm'
      await call('POST', path, { code: back.get('confirm') })
    }
    const { data } = await call('GET', '/v1/connections')
    const live = data.filter(({ status }) => status === 'active')
    state.textContent = live.length === 0
      ? 'Not connected'
      : 'Instagram connected: @' + live[0].account.username
  } catch (error) {
    state.textContent = error.message
  }
</script>
`
