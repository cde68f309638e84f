import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { Landing } from '#testing/test-connect.ts'

test('a session needs a tenant one may see, a configured login and a listed return URL', async () => {
  await using world = await testConnectWorld()
  const make = async (body: unknown, headers: Record<string, string> = world.asHost) =>
    await world.call('POST', '/v1/connect-sessions', { body, headers })
  assert.equal((await make({ tenantId: 'clinic' }, {})).status, 401)
  assert.equal((await make({})).json.fields[0].path, 'tenantId')
  assert.equal((await make({ tenantId: 'nobody' })).status, 404)
  assert.equal((await make({ tenantId: 'clinic', capabilities: ['fly'] })).status, 400)
  const bound = await world.key(['connect'], 'shop')
  assert.equal((await make({ tenantId: 'clinic' }, bound)).status, 404)
  assert.equal((await make({}, bound)).status, 201)
  const weak = await world.key(['connections:read'])
  assert.equal((await make({ tenantId: 'clinic' }, weak)).json.code, 'auth/scope-missing')
  const jwt = await world.asTenant('shop')
  assert.equal((await make({ tenantId: 'clinic' }, jwt)).status, 404)
  assert.equal((await make({ tenantId: 'clinic', connectionId: 'x' })).status, 404)
  const { id } = await world.connected()
  const foreign = await make({ connectionId: id }, jwt)
  assert.deepEqual([foreign.status, foreign.json.code], [404, 'connections/not-found'])

  await using other = await testConnectWorld({ config: { facebookApp: undefined } })
  const refused = await other.call('POST', '/v1/connect-sessions', {
    body: { tenantId: 'clinic', login: 'facebook' },
    headers: other.asHost,
  })
  assert.equal(refused.json.code, 'connect/login-not-configured')
})

test('only an address on the tenant’s list is returned to', async () => {
  await using world = await testConnectWorld()
  const corpus = [
    '//evil.example',
    'https:evil.example',
    'https:/\\evil.example',
    'https://app.example@evil.example/settings?tab=channels',
    'https://app.example./settings?tab=channels',
    'https://app.example/settings?tab=channels#x',
    'https://app.example/settings?tab=channels&x=1',
    'https://app.example/settings',
    'https://app.example/settings?tab=channels\r\nSet-Cookie: a=b',
    'http://app.example/settings?tab=channels',
    'https://xn--app-example-/settings?tab=channels',
    'javascript:alert(1)',
    'https://shop.example/done',
    'http://localhost:3000/',
  ]
  for (const returnUrl of corpus) {
    const refused = await world.call('POST', '/v1/connect-sessions', {
      body: { tenantId: 'clinic', returnUrl },
      headers: world.asHost,
    })
    assert.equal(refused.json.code, 'connect/return-url-not-allowed', returnUrl)
  }
})

test('a GET of a link neither binds nor consumes it: scanners may look', async () => {
  await using world = await testConnectWorld()
  const { url } = await world.session()
  for (let n = 0; n < 3; n++) {
    const page = await world.newBrowser().open(url)
    assert.equal(page.status, 200)
    assert.match(page.text, /<strong>clinic<\/strong> asks to connect/)
    assert.match(page.text, /Receive direct messages and answer them/)
    assert.doesNotMatch(page.text, /Publish posts|<script/)
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
  }
  const landing = await world.walk(url)
  assert.equal(landing.location?.searchParams.get('connected'), '1')
})

test('a link is for one browser and for once', async () => {
  await using world = await testConnectWorld()
  const { url } = await world.session()
  const browser = world.newBrowser()
  const first = await browser.leave(url)
  const again = await browser.leave(url)
  assert.notEqual(first, again, 'Back and a second press make a second trip')
  const other = await world.newBrowser().press(url, {})
  assert.equal(other.status, 410)
  await browser.open(await world.consent(first))
  assert.equal((await browser.open(url)).status, 410)
  assert.equal((await browser.press(url, {})).status, 410)
})

test('a link ends after ten minutes, a forwarded one after seven days', async () => {
  await using world = await testConnectWorld()
  const short = await world.session()
  const long = await world.session({ confirmation: 'host' })
  world.ports.clock.advance(10 * 60_000 - 1)
  assert.equal((await world.newBrowser().open(short.url)).status, 200)
  world.ports.clock.advance(1)
  assert.equal((await world.newBrowser().open(short.url)).status, 410)
  assert.equal((await world.newBrowser().press(short.url, {})).status, 410)
  world.ports.clock.advance(7 * 86_400_000 - 10 * 60_000 - 1)
  assert.equal((await world.newBrowser().open(long.url)).status, 200)
  world.ports.clock.advance(1)
  assert.equal((await world.newBrowser().open(long.url)).status, 410)
})

test('a revoked link opens nothing, and a guessed one looks the same', async () => {
  await using world = await testConnectWorld()
  const made = await world.session()
  const foreign = await world.call('DELETE', `/v1/connect-sessions/${made.id}`, {
    headers: await world.asTenant('shop'),
  })
  assert.equal(foreign.status, 404)
  const revoked = await world.call('DELETE', `/v1/connect-sessions/${made.id}`, {
    headers: world.asHost,
  })
  assert.equal(revoked.status, 204)
  const closed = await world.newBrowser().open(made.url)
  const guessed = await world.newBrowser().open(`/connect/${'A'.repeat(43)}`)
  const plain = (text: string): string => text.replaceAll(/<code>[^<]*<\/code>/g, '')
  assert.equal(closed.status, 410)
  assert.equal(plain(closed.text), plain(guessed.text))
  const lines = (await world.audit()).filter(({ action }) => action === 'connect.link_refused')
  assert.deepEqual(
    lines.map(({ detail }) => detail),
    [{ reason: 'revoked' }],
    'a guessed one is nobody’s',
  )
})

test('a link taken back while somebody is at Meta no longer connects', async () => {
  await using world = await testConnectWorld()
  const made = await world.session()
  const browser = world.newBrowser()
  const authorizeUrl = await browser.leave(made.url)
  await world.call('DELETE', `/v1/connect-sessions/${made.id}`, { headers: world.asHost })
  const landing = await browser.open(await world.consent(authorizeUrl))
  assert.equal(landing.location?.searchParams.get('error'), 'connect/link-expired')
  assert.equal(world.seen.length, 0)
})

test('guessing links is slowed down', async () => {
  await using world = await testConnectWorld()
  let last: Landing | undefined
  for (let n = 0; n < 250 && last?.status !== 429; n++) {
    last = await world.newBrowser().open(`/connect/${String(n).padStart(43, 'A')}`)
  }
  assert.equal(last?.status, 429)
  assert.match(last?.headers.get('ratelimit') ?? '', /^"connect-refused";r=0;t=\d+$/)
  assert.match(last?.headers.get('retry-after') ?? '', /^\d+$/)
})

test('another site cannot press the button for somebody', async () => {
  await using world = await testConnectWorld()
  const { url } = await world.session()
  const browser = world.newBrowser()
  await browser.open(url)
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
  ]) {
    assert.equal((await browser.press(url, { login: 'instagram' }, headers)).status, 403)
  }
  assert.equal((await browser.press(url, {}, { origin: 'http://localhost:3000' })).status, 303)
})

test('a preview of a direct link does not leave for Meta', async () => {
  await using world = await testConnectWorld()
  const { url } = await world.session({ login: 'instagram' }, await world.asTenant())
  const preview = await world.newBrowser().open(url, { 'sec-purpose': 'prefetch' })
  assert.equal(preview.status, 200)
  assert.equal((await world.newBrowser().open(url)).status, 302)
})

test('the cookie is HttpOnly, Lax, for the whole host, and __Host- on https', async () => {
  for (const [base, name, secure] of [
    ['http://localhost:3000', /^parley_connect_/, false],
    ['https://parley.example', /^__Host-parley_connect_/, true],
  ] as const) {
    await using world = await testConnectWorld({ config: { url: base } })
    const page = await world.newBrowser().open((await world.session()).url)
    const [cookie = ''] = page.headers.getSetCookie()
    assert.match(cookie, name)
    assert.match(cookie, /; HttpOnly/)
    assert.match(cookie, /; SameSite=Lax/)
    assert.match(cookie, /; Path=\//)
    assert.doesNotMatch(cookie, /; Domain/)
    assert.equal(/; Secure/.test(cookie), secure)
  }
})

test('GET /v1/instagram/connect answers a program with the link and leads an operator there', async () => {
  await using world = await testConnectWorld()
  const program = await world.call('GET', '/v1/instagram/connect?tenantId=clinic&capabilities=', {
    headers: { ...world.asHost, accept: 'application/json' },
  })
  assert.equal(program.status, 200)
  assert.deepEqual(Object.keys(program.json).toSorted(), ['expiresAt', 'id', 'url'])
  const authorize = new URL(await world.newBrowser().leave(program.json.url, 'instagram'))
  assert.equal(authorize.searchParams.get('scope'), 'instagram_business_basic')

  const operator = await world.operator()
  const led = await world.call('GET', '/v1/instagram/connect?tenantId=clinic', {
    headers: operator,
  })
  assert.equal(led.status, 302)
  assert.match(led.headers.get('location') ?? '', /\/connect\/[\w-]{43}$/)
  const path = '/v1/instagram/connect?tenantId=clinic&login=instagram'
  const straight = await world.call('GET', path, {
    headers: { ...operator, 'sec-fetch-site': 'same-origin' },
  })
  assert.match(straight.headers.get('location') ?? '', /oauth\/authorize/)
  for (const site of ['cross-site', 'same-site', 'none']) {
    const lured = await world.call('GET', path, {
      headers: { ...operator, 'sec-fetch-site': site },
    })
    assert.match(lured.headers.get('location') ?? '', /\/connect\/[\w-]{43}$/, site)
  }
})

test('an address taken off the list while somebody is at Meta is not returned to', async () => {
  await using world = await testConnectWorld()
  const browser = world.newBrowser()
  const callback = await world.consent(await browser.leave((await world.session()).url))
  await world.tenant('clinic', ['https://app.example/other'])
  const { location } = await browser.open(callback)
  assert.match(location?.href ?? '', /^http:\/\/localhost:3000\/connect\/result\//)
  assert.match((await browser.open(location?.href ?? '')).text, /Instagram connected/)
})

test('without an address of the host’s our own page shows the result to the browser that made it', async () => {
  await using world = await testConnectWorld()
  await world.tenant('plain')
  const browser = world.newBrowser()
  const landing = await world.walk((await world.session({ tenantId: 'plain' })).url, {}, browser)
  assert.match(landing.location?.pathname ?? '', /^\/connect\/result\//)
  const own = await browser.open(landing.location?.href ?? '')
  assert.match(own.text, /Instagram connected/)
  assert.match(own.text, /@lumen\.chiro/)
  assert.match(own.text, /No webhook has arrived yet/)
  for (const path of [landing.location?.href ?? '', '/connect/result/anything?connected=1']) {
    const foreign = await world.newBrowser().open(path)
    assert.equal(foreign.status, 404)
    assert.doesNotMatch(foreign.text, /lumen|Instagram connected|You can close/)
  }

  const denied = await world.walk(
    (await world.session({ tenantId: 'plain' })).url,
    { allow: false },
    browser,
  )
  assert.match((await browser.open(denied.location?.href ?? '')).text, /press Allow/)
  const odd = await browser.open(`${landing.location?.pathname}?connected=0&error=%3Cscript%3E`)
  assert.doesNotMatch(odd.text, /<script/)
})

test('a parameter that nobody knows, and a page with the Instagram login, are refused by name', async () => {
  await using world = await testConnectWorld()
  const headers = world.asHost
  for (const [body, path] of [
    [{ tenantId: 'clinic', returnURL: 'https://app.example/' }, 'returnURL'],
    [{ tenantId: 'clinic', login: 'instagram', pageId: '12' }, 'pageId'],
  ] as const) {
    const posted = await world.call('POST', '/v1/connect-sessions', { body, headers })
    const search = new URLSearchParams(body).toString()
    const got = await world.call('GET', `/v1/instagram/connect?${search}`, { headers })
    for (const { status, json } of [posted, got]) {
      assert.deepEqual([status, json.code], [400, 'http/invalid-fields'])
      assert.equal(json.fields[0].path, path)
    }
  }
})
