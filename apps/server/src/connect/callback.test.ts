import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { RETURN_URL, testConnectWorld } from '#testing/test-connect.ts'
import type { Landing, TestConnectWorld } from '#testing/test-connect.ts'
import { testApps } from '#testing/test-ports.ts'

/** Nothing was believed: a page for people, an audit line, no connection, no call at Meta, no stack. */
async function assertRefused(
  world: TestConnectWorld,
  landing: Landing,
  reason: string,
  callsBefore = 0,
): Promise<void> {
  assert.ok(landing.status >= 400 && landing.status < 500, `${landing.status}`)
  assert.match(landing.headers.get('content-type') ?? '', /text\/html/)
  assert.match(landing.text, /Nothing was connected/)
  assert.doesNotMatch(landing.text, /<script|\bat .*\.ts:/)
  assert.equal(landing.headers.get('referrer-policy'), 'no-referrer')
  assert.equal(landing.headers.get('cache-control'), 'no-store')
  const lines = await world.audit()
  const refused = lines.filter(({ action }) => action === 'connect.callback_refused')
  assert.equal(refused.at(-1)?.detail.reason, reason)
  assert.equal(world.seen.length, callsBefore)
}

async function count(world: TestConnectWorld): Promise<number> {
  const list = await world.call('GET', '/v1/connections', { headers: world.asHost })
  return list.json.data.length
}

const APP_ID = testApps.instagram.id
const STATE = 'A'.repeat(43)

test('a callback with a state nobody issued makes no connection and no call at Meta', async () => {
  await using world = await testConnectWorld()
  const browser = world.newBrowser()
  const landing = await browser.open(`/oauth/instagram/callback?code=AQabc&state=${STATE}`)
  await assertRefused(world, landing, 'unknown_state')
  assert.equal(await count(world), 0)
})

test('a callback replayed elsewhere is refused, and what it connected stays', async () => {
  await using world = await testConnectWorld()
  const browser = world.newBrowser()
  const { url } = await world.session()
  const callback = await world.consent(await browser.leave(url))
  await browser.open(callback)
  const calls = world.seen.length
  await assertRefused(world, await world.newBrowser().open(callback), 'replayed', calls)
  const crossed = callback.replace('/oauth/instagram/', '/oauth/facebook/')
  await assertRefused(world, await browser.open(crossed), 'replayed', calls)
  assert.equal(await count(world), 1)
})

test('a callback reloaded in the browser that finished leads to the result again: no code is sent, no confirmation handed out', async () => {
  await using world = await testConnectWorld()
  for (const [account, confirmation] of [
    ['lumen.chiro', 'none'],
    ['casa.verde', 'return'],
  ] as const) {
    const browser = world.newBrowser()
    const { url } = await world.session({ confirmation })
    const callback = await world.consent(await browser.leave(url), { account })
    const first = (await browser.open(callback)).location
    assert.equal(first?.searchParams.has('confirm'), confirmation === 'return')
    first?.searchParams.delete('confirm')
    const calls = world.seen.length
    const again = await browser.open(callback)
    assert.equal(again.location?.href, first?.href)
    assert.equal(world.seen.length, calls)
  }
})

test('a callback reloaded after a failure still says that nothing was connected', async () => {
  await using world = await testConnectWorld()
  const browser = world.newBrowser()
  const callback = await world.consent(await browser.leave((await world.session()).url), {
    allow: false,
  })
  await browser.open(callback)
  await assertRefused(world, await browser.open(callback), 'replayed')
})

test('of fifty callbacks at once exactly one wins', async () => {
  await using world = await testConnectWorld()
  const browser = world.newBrowser()
  const { url } = await world.session()
  const callback = await world.consent(await browser.leave(url))
  const landings = await Promise.all(Array.from({ length: 50 }, () => browser.open(callback)))
  const won = landings.filter(({ location }) => location?.searchParams.get('connected') === '1')
  assert.equal(won.length, 1)
  assert.equal(landings.filter(({ status }) => status >= 400 && status < 500).length, 49)
  assert.equal(world.calls('api.instagram.com'), 1)
})

test('a state is good for ten minutes less a millisecond, and not a millisecond longer', async () => {
  await using world = await testConnectWorld()
  for (const [ms, isGood] of [
    [10 * 60_000 - 1, true],
    [10 * 60_000, false],
  ] as const) {
    const browser = world.newBrowser()
    const { url } = await world.session()
    const callback = await world.consent(await browser.leave(url))
    world.ports.clock.advance(ms)
    const calls = world.seen.length
    const landing = await browser.open(callback)
    if (isGood) assert.equal(landing.location?.searchParams.get('connected'), '1')
    else await assertRefused(world, landing, 'expired', calls)
  }
})

test('one flipped character makes a state unknown', async () => {
  await using world = await testConnectWorld()
  const browser = world.newBrowser()
  const { url } = await world.session()
  const callback = new URL(await world.consent(await browser.leave(url)))
  const state = callback.searchParams.get('state') ?? ''
  const flipped = `${state.startsWith('x') ? 'y' : 'x'}${state.slice(1)}`
  callback.searchParams.set('state', flipped)
  await assertRefused(world, await browser.open(callback.href), 'unknown_state')
})

test('a callback in another browser is a human page, and the first browser can still finish', async () => {
  await using world = await testConnectWorld()
  const browser = world.newBrowser()
  const { url } = await world.session()
  const callback = await world.consent(await browser.leave(url))
  const foreign = await world.newBrowser().open(callback)
  await assertRefused(world, foreign, 'other_browser')
  assert.match(foreign.text, /Continue where you started/)
  const landing = await browser.open(callback)
  assert.equal(landing.location?.searchParams.get('connected'), '1')
})

test('the cookie of another flow does not open a callback', async () => {
  await using world = await testConnectWorld()
  const victim = world.newBrowser()
  const attacker = world.newBrowser()
  const callback = await world.consent(await victim.leave((await world.session()).url))
  await attacker.leave((await world.session()).url)
  const [mine] = attacker.cookies.values()
  const [name] = victim.cookies.keys()
  attacker.cookies.set(name ?? '', mine ?? '')
  await assertRefused(world, await attacker.open(callback), 'other_browser')
})

test('two tabs at once both work, with two links and with one', async () => {
  await using world = await testConnectWorld()
  const browser = world.newBrowser()
  const first = (await world.session()).url
  const second = (await world.session()).url
  const callbacks = [
    await world.consent(await browser.leave(first)),
    await world.consent(await browser.leave(second), { account: 'casa.verde' }),
    await world.consent(await browser.leave(second), { account: 'casa.verde' }),
  ]
  const landings = await Promise.all(callbacks.map((callback) => browser.open(callback)))
  for (const { location } of landings) assert.equal(location?.searchParams.get('connected'), '1')
  assert.equal(await count(world), 2)
})

test('an Instagram answer is not taken at the Facebook callback, nor the other way round', async () => {
  await using world = await testConnectWorld()
  const browser = world.newBrowser()
  const instagram = await world.consent(
    await browser.leave((await world.session()).url, 'instagram'),
  )
  const crossed = await browser.open(instagram.replace('/oauth/instagram/', '/oauth/facebook/'))
  await assertRefused(world, crossed, 'other_login')
  const facebook = await world.consent(await browser.leave((await world.session()).url, 'facebook'))
  const back = await browser.open(facebook.replace('/oauth/facebook/', '/oauth/instagram/'))
  await assertRefused(world, back, 'other_login')
})

test('a state made for another Meta app, or for another address of ours, is refused', async () => {
  await using world = await testConnectWorld()
  for (const [change, reason] of [
    [sql`update oauth_states set app_id = '999'`, 'other_app'],
    [
      sql`update oauth_states set app_id = ${APP_ID}, redirect_uri = 'https://old.example'`,
      'other_address',
    ],
  ] as const) {
    const browser = world.newBrowser()
    const callback = await world.consent(await browser.leave((await world.session()).url))
    await world.ports.db.run(change)
    await assertRefused(world, await browser.open(callback), reason)
  }
})

test('an unexpected issuer is refused', async () => {
  await using world = await testConnectWorld()
  const browser = world.newBrowser()
  const callback = await world.consent(await browser.leave((await world.session()).url))
  const landing = await browser.open(`${callback.replace('#_', '')}&iss=https%3A%2F%2Fevil.example`)
  await assertRefused(world, landing, 'malformed')
})

test('half, doubled and scripted callbacks are refused', async () => {
  await using world = await testConnectWorld()
  const browser = world.newBrowser()
  const callback = new URL(await world.consent(await browser.leave((await world.session()).url)))
  const state = callback.searchParams.get('state') ?? ''
  const script = encodeURIComponent('<script>alert(1)</script>')
  const queries = [
    '',
    `state=${state}`,
    `code=AQabc`,
    `code=&state=${state}`,
    `code=AQabc&code=AQdef&state=${state}`,
    `code=${script}&state=${state}`,
    `code=AQabc&state=${script}`,
    `code=AQabc&state=${state}&state=${state}`,
    `error=${script}&error_description=${script}&state=${STATE}`,
    `error=access_denied&error_description=${script}`,
    `code=${'A'.repeat(9000)}&state=${state}`,
  ]
  for (const query of queries) {
    const landing = await browser.open(`/oauth/instagram/callback?${query}`)
    assert.ok(landing.status >= 400 && landing.status < 500, `${query}: ${landing.status}`)
    assert.match(landing.text, /Nothing was connected/)
    assert.doesNotMatch(landing.text, /<script|alert/)
  }
  assert.equal(world.seen.length, 0)
  assert.equal(await count(world), 0)
  const landing = await browser.open(callback.href)
  assert.equal(landing.location?.searchParams.get('connected'), '1')
})

test('Meta’s own words never reach the host: a cancel comes back as our code', async () => {
  await using world = await testConnectWorld()
  const { url } = await world.session()
  const landing = await world.walk(url, { allow: false })
  assert.equal(landing.location?.href, `${RETURN_URL}&connected=0&error=connect/denied`)
  assert.equal(world.seen.length, 0)

  const browser = world.newBrowser()
  const authorize = new URL(await browser.leave((await world.session()).url, 'instagram'))
  const state = authorize.searchParams.get('state') ?? ''
  const odd = await browser.open(
    `/oauth/instagram/callback?error=%3Cscript%3E&error_description=%3Cimg%20src=x%3E&state=${state}`,
  )
  assert.equal(odd.location?.href, `${RETURN_URL}&connected=0&error=connect/exchange-failed`)
})

test('two tenants connect with one Meta app at the same second', async () => {
  await using world = await testConnectWorld()
  const one = world.newBrowser()
  const two = world.newBrowser()
  const clinic = await world.consent(await one.leave((await world.session()).url))
  const shop = await world.consent(
    await two.leave((await world.session({ tenantId: 'shop' })).url),
    {
      account: 'casa.verde',
    },
  )
  const landings = await Promise.all([one.open(clinic), two.open(shop)])
  assert.deepEqual(
    landings.map(({ location }) => [location?.host, location?.searchParams.get('connected')]),
    [
      ['app.example', '1'],
      ['shop.example', '1'],
    ],
  )
})

test('two tenants reach for one account at the same second: one has it, the other is told no names', async () => {
  await using world = await testConnectWorld()
  const one = world.newBrowser()
  const two = world.newBrowser()
  const clinic = await world.consent(await one.leave((await world.session()).url))
  const shop = await world.consent(await two.leave((await world.session({ tenantId: 'shop' })).url))
  const landings = await Promise.all([one.open(clinic), two.open(shop)])
  const told = landings.map(({ location }) => location?.searchParams.get('error') ?? 'connected')
  assert.deepEqual(told.toSorted(), ['connect/account-taken', 'connected'])
  const held = await world.call('GET', '/v1/connections?status=active', { headers: world.asHost })
  assert.equal(held.json.data.length, 1)
})
