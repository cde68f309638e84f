import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { useGrant } from '#tokens/use-grant.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { Json } from '#testing/test-connect.ts'

const CASA = '17841400000000203'
const STUDIO = '17841400000000305'

test('the picker lists every page of a long list, and says why the others cannot be used', async () => {
  await using world = await testConnectWorld()
  await world.control('/switches', { accountsPageMax: 1 })
  const browser = world.newBrowser()
  const landing = await world.walk((await world.session()).url, { login: 'facebook' }, browser)
  assert.match(landing.location?.pathname ?? '', /^\/connect\/pick\//)
  assert.equal(landing.location?.search, '', 'away from the address with the code')

  const picker = await browser.open(landing.location?.href ?? '')
  assert.equal(picker.status, 200)
  assert.match(picker.text, new RegExp(`value="${CASA}"`))
  assert.match(picker.text, new RegExp(`value="${STUDIO}"`))
  assert.match(picker.text, /Jardim da Rosa[\s\S]*No Instagram professional account is linked/)
  assert.match(picker.text, /Feira de Sábado[\s\S]*does not include the Messages task/)
  assert.ok(world.calls('/me/accounts') >= 6, 'every page of the list was read')

  const done = await browser.press(landing.location?.href ?? '', { account: STUDIO })
  const id = done.location?.searchParams.get('connection_id') ?? ''
  const connection = await world.find(id)
  assert.equal(connection.status, 'active')
  assert.equal(connection.account.username, 'studio.nia')
  assert.equal(connection.grants[0].login, 'facebook')
  assert.equal(connection.grants[0].expiry, 'never')
  assert.equal(connection.grants[0].expiresAt, null)
  assert.equal(connection.grants[0].nextRefreshAt, null)
  assert.equal(connection.webhook.subscribed, true)
  assert.ok(connection.webhook.fields.includes('message_reads'))
})

test('the token kept for a page is the page’s, never the person’s', async () => {
  await using world = await testConnectWorld()
  const connection = await world.connected({}, { login: 'facebook', pages: ['Casa Verde'] })
  const grant = await useGrant(
    world.ports,
    { tenantId: 'clinic', connectionId: connection.id },
    'test',
  )
  assert.equal(grant.nodeId, '134895793791901')
  const inspected = await world.ports.graph.inspectFacebookToken(grant.token)
  assert.equal(inspected.type, 'PAGE')
  assert.equal(inspected.profileId, '134895793791901')
})

test('a single usable page needs no picker', async () => {
  await using world = await testConnectWorld()
  const connection = await world.connected(
    {},
    { login: 'facebook', pages: ['Casa Verde', 'Jardim da Rosa'] },
  )
  assert.equal(connection.account.username, 'casa.verde')
})

test('a named account or page needs no picker; one that was not ticked is another account', async () => {
  await using world = await testConnectWorld()
  const byAccount = await world.connected({ accountId: CASA }, { login: 'facebook' })
  assert.equal(byAccount.account.id, CASA)
  const byPage = await world.connected({ pageId: '134895793791905' })
  assert.equal(byPage.account.id, STUDIO)
  const { url } = await world.session({ accountId: CASA })
  const landing = await world.walk(url, { login: 'facebook', pages: ['Studio Nia'] })
  assert.equal(landing.location?.searchParams.get('error'), 'connect/wrong-account')
})

test('pages without a usable account, and no pages at all, have codes of their own', async () => {
  await using world = await testConnectWorld()
  const outcome = async (pages: string[], declined: string[] = []): Promise<string | null> => {
    const { url } = await world.session()
    const landing = await world.walk(url, { login: 'facebook', pages, declined })
    return landing.location?.searchParams.get('error') ?? null
  }
  assert.equal(await outcome(['Rosa cooks', 'Feira de Sábado']), 'connect/no-eligible-account')
  assert.equal(await outcome([]), 'connect/no-pages')
  assert.equal(await outcome(['Casa Verde'], ['instagram_basic']), 'connect/permission-missing')
})

test('a ticked page that the list hides is read by its id', async () => {
  await using world = await testConnectWorld()
  const choice = { login: 'facebook', pages: ['Casa Verde'], declined: ['pages_show_list'] }
  assert.equal((await world.connected({}, choice)).account.id, CASA)
})

test('a page without the Messages task is fit for a gallery', async () => {
  await using world = await testConnectWorld()
  const browser = world.newBrowser()
  const { url } = await world.session({ capabilities: [] })
  const landing = await world.walk(url, { login: 'facebook' }, browser)
  const picker = await browser.open(landing.location?.href ?? '')
  assert.match(picker.text, /feira\.de\.sabado/)
})

test('the picker is the browser’s own, takes one choice, and ends after ten minutes', async () => {
  await using world = await testConnectWorld()
  const open = async () => {
    const browser = world.newBrowser()
    const landing = await world.walk((await world.session()).url, { login: 'facebook' }, browser)
    return { browser, address: landing.location?.href ?? '' }
  }
  const { browser, address } = await open()
  assert.equal((await world.newBrowser().open(address)).status, 410)
  assert.equal((await world.newBrowser().press(address, { account: CASA })).status, 410)
  assert.equal((await browser.press(address, {})).status, 422)
  assert.equal((await browser.press(address, { account: '17841400000000407' })).status, 422)
  assert.equal(
    (await browser.press(address, { account: CASA }, { 'sec-fetch-site': 'cross-site' })).status,
    403,
  )
  const both = await Promise.all([
    browser.press(address, { account: CASA }),
    browser.press(address, { account: STUDIO }),
  ])
  assert.deepEqual(new Set(both.map(({ status }) => status)), new Set([303, 410]))
  assert.equal((await browser.open(address)).status, 410)

  const late = await open()
  world.ports.clock.advance(10 * 60_000)
  assert.equal((await late.browser.press(late.address, { account: CASA })).status, 410)
})

test('nothing sealed for a picker stays after the choice', async () => {
  await using world = await testConnectWorld()
  const browser = world.newBrowser()
  const landing = await world.walk((await world.session()).url, { login: 'facebook' }, browser)
  await browser.press(landing.location?.href ?? '', { account: CASA })
  const left = await world.ports.db.many(
    sql`select 1 from oauth_states where sealed_token is not null or found is not null`,
  )
  assert.equal(left.length, 0)
})

test('with app secret proof required every call carries it', async () => {
  await using world = await testConnectWorld()
  await world.control('/switches', { requireProof: true })
  const connection = await world.connected({}, { login: 'facebook', pages: ['Casa Verde'] })
  assert.equal(connection.status, 'active')
})

test('both logins of one account are one connection with two grants, subscribed once', async () => {
  await using world = await testConnectWorld()
  const first = await world.connected({}, { login: 'instagram', account: 'casa.verde' })
  const second = await world.connected({}, { login: 'facebook', pages: ['Casa Verde'] })
  assert.equal(first.id, second.id)
  const logins: string[] = second.grants.map((grant: Json) => grant.login)
  assert.deepEqual(new Set(logins), new Set(['facebook', 'instagram']))
  assert.equal(world.calls('/134895793791901/subscribed_apps'), 0, 'the grant in use stands')
  assert.ok(second.webhook.fields.includes('messaging_seen'))
})

test('a login configuration is asked for instead of scopes', async () => {
  await using world = await testConnectWorld()
  const { facebookApp } = world.ports.config
  assert.ok(facebookApp)
  await using other = await testConnectWorld({
    config: { facebookApp: { ...facebookApp, loginConfigId: '4242' } },
  })
  const authorize = new URL(await other.newBrowser().leave((await other.session()).url, 'facebook'))
  assert.equal(authorize.searchParams.get('config_id'), '4242')
  assert.equal(authorize.searchParams.get('scope'), null)
})
