import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import { Secret } from '@parley/instagram/secret.ts'
import { sql } from '#ports/database.ts'
import { KeyServiceError } from '#ports/remote-key.ts'
import { answerJson, pass, worldInStep } from '#testing/test-connect.ts'
import type { TestConnectWorld } from '#testing/test-connect.ts'
import { testGraph } from '#testing/test-ports.ts'
import { refreshDue } from '#tokens/refresh-due.ts'
import { watchExpiry } from '#tokens/watch-expiry.ts'
import { checkConnections } from './check-connections.ts'

const DAY_MS = 86_400_000
const EVERYBODY = { tenants: null }
const CASA_PAGE = { login: 'facebook', pageId: '134895793791901' }

const refusal = (code: number, subcode?: number) =>
  answerJson(400, {
    error: { message: 'refused', type: 'OAuthException', code, error_subcode: subcode },
  })

const openAlerts = async (world: TestConnectWorld): Promise<string[]> => {
  const { json } = await world.call('GET', '/v1/alerts?state=open&limit=100', {
    headers: world.asHost,
  })
  return json.data.map(({ kind }: { kind: string }) => kind)
}

test('a grant nobody thought of waits by itself, and its neighbours are looked after', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await world.connected(CASA_PAGE, { login: 'facebook' })
  await pass(world, DAY_MS)
  // The Meta app was taken out of the settings.
  const config = { ...world.ports.config, facebookApp: undefined }
  const graph = testGraph(config, async (request) => {
    const response = await fetch(request.url, { method: request.method })
    const body = new Uint8Array(await response.arrayBuffer())
    return { status: response.status, headers: {}, body }
  })
  await checkConnections({ ...world.ports, graph }, EVERYBODY)
  assert.equal((await world.find(id)).checkedAt, new Date(world.ports.clock.now()).toISOString())
  await pass(world, 60_000)
  // It waits: the next round finds nothing to do.
  assert.equal(await checkConnections({ ...world.ports, graph }, EVERYBODY), 0)
})

test('a paused app is probed until it is well, whatever its probes meet on our side', async () => {
  const [minute, hours] = [60_000, 6 * 3_600_000]
  const troubles: readonly (readonly [Error, number])[] = [
    [new KeyServiceError('away', 'no answer'), 6 * minute],
    [Object.assign(new Error('lock timeout'), { code: '55P03' }), 6 * minute],
    [new TypeError('nobody thought of it'), hours],
  ]
  for (const [trouble, afterMs] of troubles) {
    await using world = await worldInStep()
    await world.connected()
    await pass(world, DAY_MS)
    let isBroken = true
    world.intercepts.push((request) =>
      isBroken && request.url.includes('/me?') ? refusal(101) : undefined,
    )
    const isPaused = async (): Promise<boolean> =>
      (await world.ports.db.many(sql`select 1 from meta_apps where open_until is not null`))
        .length > 0
    assert.equal(await checkConnections(world.ports, EVERYBODY), 1)
    assert.equal(await isPaused(), true)
    isBroken = false

    await pass(world, 2 * minute)
    const graph = testGraph(world.ports.config, async () => {
      throw trouble
    })
    assert.equal(await checkConnections({ ...world.ports, graph }, EVERYBODY), 1, 'the probe')
    assert.equal(await isPaused(), true)
    await pass(world, afterMs)
    assert.equal(await checkConnections(world.ports, EVERYBODY), 1, trouble.message)
    assert.equal(await isPaused(), false)
  }
})

test('a probe is a grant that failed for no reason of its own, as long as there is one', async () => {
  await using world = await worldInStep()
  const { db, clock } = world.ports
  const ids: string[] = []
  for (const account of ['lumen.chiro', 'casa.verde']) {
    ids.push((await world.connected({}, { account })).id)
  }
  for (const odd of ids) {
    // Nothing is due yet: who is looked at now is the probe.
    world.ports.clock.advance(60_000)
    const now = new Date(clock.now())
    await db.run(sql`
      update grants set failure = '{"class": "unforeseen"}', failures = 0, retry_at = ${now} where connection_id = ${odd}`)
    await db.run(sql`
      update grants set failure = '{"class": "transient"}', failures = 3, retry_at = ${new Date(now.getTime() + DAY_MS)}
      where connection_id <> ${odd}`)
    await db.run(sql`
      insert into meta_apps (app_id, hour, open_until, openings, reason)
      select distinct app_id, ${now}::timestamptz, ${now}::timestamptz, 1, 'unreachable' from grants
      on conflict (app_id) do update set open_until = excluded.open_until`)
    assert.equal(await checkConnections(world.ports, EVERYBODY), 1)
    const looked = await db.many<{ id: string }>(
      sql`select connection_id as id from grants where checked_at = ${now}`,
    )
    assert.deepEqual(
      looked.map(({ id }) => id),
      ids.filter((id) => id !== odd),
    )
  }
})

test('a page token Meta calls dead is lost also when no other can be had', async () => {
  for (const renewal of [refusal(10), refusal(200), refusal(100, 33)]) {
    await using world = await worldInStep()
    const { id } = await world.connected(CASA_PAGE, { login: 'facebook' })
    await pass(world, DAY_MS)
    world.intercepts.push((request) => {
      if (request.url.includes('/debug_token')) {
        return answerJson(200, { data: { is_valid: false, error: { code: 190, subcode: 492 } } })
      }
      return request.url.includes(`/${CASA_PAGE.pageId}?`) ? renewal : undefined
    })
    await checkConnections(world.ports, EVERYBODY)
    const { status, reason } = await world.find(id)
    assert.deepEqual([status, reason], ['needs_reauth', 'page_role_lost'])
    assert.deepEqual(await openAlerts(world), ['connection_lost'])
  }
})

test('a refusal of the old token says nothing of one that was renewed meanwhile', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await pass(world, 40 * DAY_MS)
  let isFirst = true
  world.intercepts.push(async (request) => {
    if (!request.url.includes('/refresh_access_token') || !isFirst) return undefined
    isFirst = false
    await world.ports.db.run(
      sql`update grants set lease_until = clock_timestamp() - interval '1 second'`,
    )
    assert.equal((await refreshDue(world.ports, EVERYBODY)).refreshed, 1)
    return refusal(190, 460)
  })
  await refreshDue(world.ports, EVERYBODY)
  assert.equal((await world.find(id)).status, 'active')
})

test('six workers that meet one silence of Meta open one pause, and nobody is alarmed', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await copies(world, id, 60)
  await pass(world, DAY_MS)
  world.intercepts.push((request) => {
    if (request.url.includes('/me?')) throw new HttpFailure('not_connected')
    return undefined
  })
  await Promise.all(
    Array.from({ length: 6 }, async () => await checkConnections(world.ports, EVERYBODY)),
  )
  const app = await world.ports.db.one<{ openings: number }>(sql`select openings from meta_apps`)
  assert.equal(app.openings, 1)
  assert.deepEqual(await openAlerts(world), [])
})

test('Meta’s own pause is kept, whoever else is answered meanwhile', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await copies(world, id, 4)
  await pass(world, DAY_MS)
  let asked = 0
  world.intercepts.push((request) => {
    if (!request.url.includes('/me?')) return undefined
    asked += 1
    return asked === 1 ? refusal(4) : undefined
  })
  await checkConnections(world.ports, EVERYBODY)
  const app = await world.ports.db.one<{ is_open: boolean }>(
    sql`select open_until is not null as is_open from meta_apps`,
  )
  assert.equal(app.is_open, true)
})

test('hundreds that end together are all told of, not the first of them alone', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await copies(world, id, 700)
  await pass(world, 50 * DAY_MS)
  await watchExpiry(world.ports)
  const count = async (): Promise<number> =>
    (
      await world.ports.db.one<{ n: number }>(
        sql`select count(*) as n from alerts where kind = 'connection_expiring'`,
      )
    ).n
  assert.equal(await count(), 701)
  await watchExpiry(world.ports)
  assert.equal(await count(), 701)
})

test('a subscription that could not be repaired is tried again within the hour', async () => {
  await using world = await worldInStep()
  await world.connected()
  await pass(world, DAY_MS)
  let isRefusing = true
  world.intercepts.push((request) => {
    if (!isRefusing || !request.url.includes('/subscribed_apps')) return undefined
    return request.method === 'GET' ? answerJson(200, { data: [] }) : refusal(2)
  })
  await checkConnections(world.ports, EVERYBODY)
  assert.deepEqual(await openAlerts(world), ['not_subscribed'])
  isRefusing = false
  await pass(world, 61 * 60_000)
  await checkConnections(world.ports, EVERYBODY)
  assert.deepEqual(await openAlerts(world), [])
})

test('an account that is disconnected while it is looked at is not subscribed again', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await pass(world, DAY_MS)
  world.intercepts.push(async (request) => {
    if (request.method !== 'GET' || !request.url.includes('/subscribed_apps')) return undefined
    await world.call('DELETE', `/v1/connections/${id}`, { headers: world.asHost })
    return answerJson(200, { data: [] })
  })
  await checkConnections(world.ports, EVERYBODY)
  const { status, webhook } = await world.find(id)
  assert.deepEqual([status, webhook.subscribed], ['disconnected', false])
  const { accounts } = await world.control('/state', undefined, 'GET')
  const meta = accounts.find(({ username }: { username: string }) => username === 'lumen.chiro')
  assert.equal(meta.logins.instagram.isSubscribed, false)
})

test('of many people who really leave together each is told of within minutes, for one who stays shows it is not the app', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await copies(world, id, 12)
  await pass(world, DAY_MS)
  // The one who stays is looked at first, and not again today.
  await checkConnections(world.ports, { ...EVERYBODY, connectionId: id })
  const lost = async (): Promise<number> =>
    (await openAlerts(world)).filter((kind) => kind === 'connection_lost').length
  await checkConnections(world.ports, EVERYBODY)
  assert.equal(await lost(), 5)
  for (const told of [10, 12]) {
    await pass(world, 2 * 60_000)
    await checkConnections(world.ports, EVERYBODY)
    assert.equal(await lost(), told)
  }
  assert.equal((await world.find(id)).status, 'active')
})

const INSTAGRAM_APP = '1000000000000001'

/** So many calls were made in the hour that goes on. */
async function spend(world: TestConnectWorld, appId: string, calls: number): Promise<void> {
  const now = new Date(world.ports.clock.now())
  await world.ports.db.run(sql`
    insert into meta_apps (app_id, hour, calls) values (${appId}, date_trunc('hour', ${now}::timestamptz), ${calls})
    on conflict (app_id) do update set hour = excluded.hour, calls = excluded.calls`)
}

const spent = async (world: TestConnectWorld, appId: string): Promise<number> =>
  (
    await world.ports.db.one<{ calls: number }>(
      sql`select calls from meta_apps where app_id = ${appId}`,
    )
  ).calls

test('daily looks leave the last of an app’s hour to refreshes', async () => {
  await using world = await worldInStep()
  await world.connected()
  await pass(world, 40 * DAY_MS)
  await spend(world, INSTAGRAM_APP, 17_999)
  const before = world.seen.length
  assert.equal(await checkConnections(world.ports, EVERYBODY), 0)
  assert.equal(world.seen.length, before, 'no call was made')
  assert.equal((await refreshDue(world.ports, EVERYBODY)).refreshed, 1)
  assert.equal(await spent(world, INSTAGRAM_APP), 18_001, 'a new token, and a look at it')
  await pass(world, 60 * 60_000)
  assert.equal(await checkConnections(world.ports, EVERYBODY), 1, 'in the next hour')
  assert.equal(await spent(world, INSTAGRAM_APP), 2, 'the grant and its subscription')
})

test('refreshes stop at the last two calls of an app’s hour', async () => {
  await using world = await worldInStep()
  await world.connected()
  await pass(world, 40 * DAY_MS)
  await spend(world, INSTAGRAM_APP, 23_999)
  assert.equal((await refreshDue(world.ports, EVERYBODY)).refreshed, 0)
  assert.equal(await spent(world, INSTAGRAM_APP), 23_999)
  await spend(world, INSTAGRAM_APP, 23_998)
  assert.equal((await refreshDue(world.ports, EVERYBODY)).refreshed, 1)
  assert.equal(await spent(world, INSTAGRAM_APP), 24_000)
})

test('a probe takes its calls of the hour; with none left it waits for the next one, and is not lost', async () => {
  await using world = await worldInStep()
  await world.connected()
  const { db, clock } = world.ports
  await spend(world, INSTAGRAM_APP, 23_999)
  await db.run(sql`
    update meta_apps set open_until = ${new Date(clock.now())}, openings = 1, reason = 'unreachable'`)
  const app = async () =>
    await db.one<{ is_paused: boolean; probing: boolean }>(
      sql`select open_until is not null as is_paused, probing from meta_apps`,
    )
  world.ports.clock.advance(1000)
  const before = world.seen.length
  assert.equal(await checkConnections(world.ports, EVERYBODY), 0)
  assert.equal(world.seen.length, before, 'no call was made')
  assert.deepEqual(await app(), { is_paused: true, probing: false })
  await pass(world, 60 * 60_000)
  assert.equal(await checkConnections(world.ports, EVERYBODY), 1)
  assert.deepEqual(await app(), { is_paused: false, probing: false })
  assert.equal(await spent(world, INSTAGRAM_APP), 2)
})

test('a page token that is renewed because it was found dead is counted like any refresh', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected(CASA_PAGE, { login: 'facebook' })
  await pass(world, DAY_MS)
  let looks = 0
  world.intercepts.push((request) => {
    if (!request.url.includes('/debug_token')) return undefined
    looks += 1
    if (looks > 1) return undefined
    return answerJson(200, { data: { is_valid: false, error: { code: 190, subcode: 460 } } })
  })
  await checkConnections(world.ports, { ...EVERYBODY, connectionId: id, force: true })
  assert.equal((await world.find(id)).status, 'active')
  assert.equal(await spent(world, '2000000000000002'), 4, 'the look, and the refresh')
  const figures = await world.ports.metrics.read()
  assert.match(figures, /^parley_token_refreshes_total\{outcome="refreshed"\} 1$/m)
})

/** More connections like this one, each with a token of its own that Meta does not know. */
async function copies(world: TestConnectWorld, like: string, count: number): Promise<void> {
  const { db, vault, random, clock } = world.ports
  for (let n = 0; n < count; n += 1) {
    const [to, id] = [random.uuid(clock.now()), random.uuid(clock.now())]
    const account = String(17_841_400_000_500_001n + BigInt(n) * 2n)
    const place = { table: 'grants', row: id, column: 'sealed_token' }
    const sealed = await vault.sealToken('clinic', place, new Secret(`token-of-${account}`))
    await db.run(sql`
      insert into connections (tenant_id, id, account_id, status, asked_capabilities, connected_at, checked_at, created_at, updated_at)
      select tenant_id, ${to}, ${account}, status, asked_capabilities, connected_at, checked_at, created_at, updated_at
      from connections where id = ${like}`)
    await db.run(sql`
      insert into grants (tenant_id, id, connection_id, login, status, app_id, sealed_token, scopes, asked_capabilities, issued_at,
        next_refresh_at, expires_at, expiry, checked_at, next_check_at, created_at)
      select tenant_id, ${id}, ${to}, login, status, app_id, ${sealed}, scopes, asked_capabilities, issued_at, next_refresh_at,
        expires_at, expiry, checked_at, next_check_at, created_at
      from grants where connection_id = ${like}`)
  }
}
