import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@parley/instagram/secret.ts'
import { sql } from '#ports/database.ts'
import { answerJson, pass, worldInStep } from '#testing/test-connect.ts'
import { eventually } from '#testing/pipeline.ts'
import type { Json, TestConnectWorld } from '#testing/test-connect.ts'
import { refreshDue } from '#tokens/refresh-due.ts'
import { watchDataAccess, watchExpiry } from '#tokens/watch-expiry.ts'
import { checkConnections } from './check-connections.ts'

const EVERYBODY = { tenants: null }
const DAY_MS = 86_400_000
const CASA_PAGE = { login: 'facebook', pageId: '134895793791901' }
const BUSINESSES = ['lumen.chiro', 'casa.verde', 'studio.nia'] as const

const refusal = (code: number, subcode?: number) =>
  answerJson(400, {
    error: { message: 'refused', type: 'OAuthException', code, error_subcode: subcode },
  })

const grantsOf = async (world: TestConnectWorld, id: string): Promise<Json> =>
  (await world.find(id)).grants

const subscribed = async (world: TestConnectWorld, account: string): Promise<Json> => {
  const { accounts } = await world.control('/state', undefined, 'GET')
  return accounts.find((one: Json) => one.key === account || one.username === account).logins
}

/** What the host was told of capabilities, oldest first. */
async function changesTold(world: TestConnectWorld): Promise<Json[]> {
  const query = '/v1/host-events?type=capability.changed&limit=100'
  const { json } = await world.call('GET', query, { headers: world.asHost })
  return json.data.map(({ data }: Json) => data).toReversed()
}

test('every grant is looked at once a day, and the status is never older than that', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  assert.equal(await checkConnections(world.ports, EVERYBODY), 0)
  await pass(world, DAY_MS)
  assert.equal(await checkConnections(world.ports, EVERYBODY), 1)
  assert.equal(await checkConnections(world.ports, EVERYBODY), 0)
  const { checkedAt } = await world.find(id)
  assert.equal(checkedAt, new Date(world.ports.clock.now()).toISOString())
  await pass(world, DAY_MS)
  assert.equal(await checkConnections(world.ports, EVERYBODY), 1)
})

test('a new name in Instagram is shown after the daily look', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  await pass(world, DAY_MS)
  world.intercepts.push((request) =>
    request.url.includes('/me?')
      ? answerJson(200, { user_id: '17841400000000101', id: '2', username: 'lumen.renamed' })
      : undefined,
  )
  await checkConnections(world.ports, EVERYBODY)
  assert.equal((await world.find(id)).account.username, 'lumen.renamed')
})

test('a subscription that got lost is repaired, and that is audited', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected()
  const { token } = await world.ports.vault
    .openToken('clinic', ...(await sealedTokenOf(world, id)))
    .then((secret) => ({ token: secret }))
  await world.ports.graph.unsubscribe({ login: 'instagram', id: '17841400000000101', token })
  assert.equal((await subscribed(world, 'lumen.chiro')).instagram.isSubscribed, false)
  await pass(world, DAY_MS)
  await checkConnections(world.ports, EVERYBODY)
  assert.equal((await subscribed(world, 'lumen.chiro')).instagram.isSubscribed, true)
  const { webhook } = await world.find(id)
  assert.equal(webhook.subscribed, true)
  assert.equal(webhook.checkedAt, new Date(world.ports.clock.now()).toISOString())
  assert.ok((await world.audit()).some(({ action }) => action === 'connection.resubscribed'))
})

test('a page token is inspected: its scopes and dates are Meta’s, and a lost role ends it', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected(CASA_PAGE, { login: 'facebook' })
  await pass(world, DAY_MS)
  let dead = false
  world.intercepts.push((request) => {
    if (!request.url.includes('/debug_token')) return undefined
    if (dead)
      return answerJson(200, { data: { is_valid: false, error: { code: 190, subcode: 492 } } })
    return answerJson(200, {
      data: {
        is_valid: true,
        app_id: '2000000000000002',
        type: 'PAGE',
        scopes: ['instagram_basic', 'pages_show_list', 'pages_manage_metadata'],
        expires_at: 0,
        data_access_expires_at: Math.floor(world.ports.clock.now() / 1000) + 90 * 86_400,
      },
    })
  })
  await checkConnections(world.ports, EVERYBODY)
  const before = await world.find(id)
  assert.equal(before.status, 'active')
  assert.equal(before.grants[0].expiry, 'never')
  // Messages were asked for and are no longer granted.
  const off = { state: 'off', reason: 'permission_not_granted' }
  assert.deepEqual(before.capabilities.messages, off)
  const told = await changesTold(world)
  assert.deepEqual(told, [{ tenantId: 'clinic', connectionId: id, capability: 'messages', ...off }])
  await pass(world, DAY_MS)
  await checkConnections(world.ports, EVERYBODY)
  assert.deepEqual(await changesTold(world), told, 'once')
  dead = true
  await pass(world, DAY_MS)
  await checkConnections(world.ports, EVERYBODY)
  const after = await world.find(id)
  assert.deepEqual([after.status, after.reason], ['needs_reauth', 'page_role_lost'])
})

test('a look and the end of another login of the connection do not wait for each other', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected(CASA_PAGE, { login: 'facebook' })
  await pass(world, DAY_MS)
  const { db } = world.ports
  let looking: Promise<number> | undefined
  await db.transaction(async (other) => {
    // Who writes down a loss holds the connection, then tells its other grants to be looked at.
    await other.run(sql`select 1 from connections where id = ${id} for update`)
    looking = checkConnections(world.ports, EVERYBODY)
    await eventually('the look waits', async () => {
      const waiting = await db.many(sql`
        select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%connections%'`)
      return waiting.length > 0
    })
    await other.run(sql`set local lock_timeout = '2s'`)
    await other.run(
      sql`update grants set next_check_at = next_check_at where connection_id = ${id}`,
    )
  })
  assert.equal(await looking, 1)
  assert.equal((await world.find(id)).checkedAt, new Date(world.ports.clock.now()).toISOString())
})

/** What Meta says of page tokens from now on: days until the end, 0 for none; nothing before `ends` is set. */
function inspections(world: TestConnectWorld): { ends: [days: number, dataDays: number] | null } {
  const told: ReturnType<typeof inspections> = { ends: null }
  const inDays = (days: number): number =>
    days === 0 ? 0 : Math.floor((world.ports.clock.now() + days * DAY_MS) / 1000)
  world.intercepts.push((request) => {
    if (told.ends === null || !request.url.includes('/debug_token')) return undefined
    const [expires_at, data_access_expires_at] = told.ends.map(inDays)
    const data = { is_valid: true, type: 'PAGE', scopes: [], expires_at, data_access_expires_at }
    return answerJson(200, { data })
  })
  return told
}

test('a page token that is found to end is renewed from the user token before it does', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected(CASA_PAGE, { login: 'facebook' })
  const told = inspections(world)
  await pass(world, DAY_MS)
  told.ends = [59, 90]
  await checkConnections(world.ports, EVERYBODY)
  assert.equal((await grantsOf(world, id))[0].expiry, 'known')
  assert.equal((await refreshDue(world.ports, EVERYBODY)).refreshed, 0, 'not before half life')

  await pass(world, 36 * DAY_MS)
  told.ends = null
  assert.deepEqual(await refreshDue(world.ports, EVERYBODY), {
    refreshed: 1,
    failed: 0,
    invalid: 0,
  })
  assert.equal((await grantsOf(world, id))[0].expiry, 'never')
})

test('ends that turn out to be far off take their warnings back, and the host is told', async () => {
  for (const days of [0, 50]) {
    await using world = await worldInStep()
    const { id } = await world.connected(CASA_PAGE, { login: 'facebook' })
    const told = inspections(world)
    const look = async (ends: [number, number]): Promise<string[]> => {
      told.ends = ends
      await pass(world, DAY_MS)
      await checkConnections(world.ports, EVERYBODY)
      await watchExpiry(world.ports)
      await watchDataAccess(world.ports)
      const query = '/v1/alerts?state=open'
      const { json } = await world.call('GET', query, { headers: world.asHost })
      return json.data.map(({ kind }: Json) => kind).toSorted()
    }
    const both = ['connection_expiring', 'data_access_expiring']
    assert.deepEqual(await look([10, 10]), both)
    assert.deepEqual(await look([9, 9]), both)
    assert.deepEqual(await look([days, 90]), [])
    const { json } = await world.call('GET', '/v1/host-events?limit=100', { headers: world.asHost })
    const [last] = json.data
    assert.deepEqual([last.type, last.data.status], ['connection.updated', 'active'])
    assert.equal(last.data.expiresAt, (await grantsOf(world, id))[0].expiresAt)
    assert.equal(last.data.expiresAt === null, days === 0)
    await look([days, 90])
    const again = await world.call('GET', '/v1/host-events?limit=100', { headers: world.asHost })
    assert.equal(again.json.data.length, json.data.length, 'once')
  }
})

test('when one login dies the other takes over, subscribed, with the same connection', async () => {
  await using world = await worldInStep()
  const { id } = await world.connected({}, { account: 'casa.verde' })
  const second = await world.connected({ ...CASA_PAGE, connectionId: id }, { login: 'facebook' })
  assert.equal(second.id, id)
  assert.equal((await subscribed(world, 'casa.verde')).facebook.isSubscribed, false)
  await pass(world, DAY_MS)
  world.intercepts.push((request) =>
    request.url.includes('graph.instagram.com') ? refusal(190, 460) : undefined,
  )
  await checkConnections(world.ports, EVERYBODY)
  await checkConnections(world.ports, EVERYBODY)
  assert.equal((await world.find(id)).status, 'active')
  assert.deepEqual(
    (await grantsOf(world, id)).map(({ login, status }: Json) => [login, status]),
    [
      ['instagram', 'needs_reauth'],
      ['facebook', 'active'],
    ],
  )
  assert.equal((await subscribed(world, 'casa.verde')).facebook.isSubscribed, true)
})

test('grants that all seem to die one after the other are believed only as far as five', async () => {
  await using world = await worldInStep()
  const ids: string[] = []
  for (const account of BUSINESSES) ids.push((await world.connected({}, { account })).id)
  // Twenty more of the same app, as copies: their tokens are Meta's to refuse.
  await world.ports.db.run(sql`
    insert into connections (tenant_id, id, account_id, status, asked_capabilities, created_at, updated_at)
    select 'clinic', gen_random_uuid(), (17841400000001000 + n)::text, 'active', '{messages}', now(), now() from generate_series(1, 20) n`)
  const copies = await world.ports.db.many<{ id: string; account_id: string }>(
    sql`select id, account_id from connections where account_id > '17841400000001000'`,
  )
  for (const { id, account_id: account } of copies)
    await copyGrant(world, ids[0] ?? '', id, account)
  await pass(world, DAY_MS)
  let isBroken = true
  world.intercepts.push((request) =>
    isBroken && request.url.includes('graph.instagram.com') ? refusal(190, 467) : undefined,
  )
  for (let minute = 0; minute < 120; minute += 1) {
    await pass(world, 60_000)
    await checkConnections(world.ports, EVERYBODY)
  }
  const lost = async (): Promise<number> =>
    (
      await world.ports.db.one<{ n: number }>(
        sql`select count(*) as n from grants where status = 'needs_reauth'`,
      )
    ).n
  assert.equal(await lost(), 5)
  assert.ok((await world.audit()).some(({ action }) => action === 'app.paused'))
  isBroken = false
  world.intercepts.push((request) => {
    const account = /access_token=token-of-(\d+)/.exec(request.url)?.[1]
    return account === undefined
      ? undefined
      : answerJson(200, { user_id: account, id: '2', username: 'x' })
  })
  await pass(world, 60 * 60_000)
  await checkConnections(world.ports, EVERYBODY)
  assert.ok((await world.audit()).some(({ action }) => action === 'app.resumed'))
})

async function sealedTokenOf(
  world: TestConnectWorld,
  connectionId: string,
): Promise<[{ table: string; row: string; column: string }, string]> {
  const { id, sealed_token: sealed } = await world.ports.db.one<{
    id: string
    sealed_token: string
  }>(sql`select id, sealed_token from grants where connection_id = ${connectionId}`)
  return [{ table: 'grants', row: id, column: 'sealed_token' }, sealed]
}

async function copyGrant(
  world: TestConnectWorld,
  from: string,
  to: string,
  account: string,
): Promise<void> {
  const id = world.ports.random.uuid(world.ports.clock.now())
  const place = { table: 'grants', row: id, column: 'sealed_token' }
  const resealed = await world.ports.vault.sealToken(
    'clinic',
    place,
    new Secret(`token-of-${account}`),
  )
  await world.ports.db.run(sql`
    insert into grants (tenant_id, id, connection_id, login, status, app_id, sealed_token, scopes, asked_capabilities, issued_at,
      next_refresh_at, expires_at, expiry, checked_at, next_check_at, created_at)
    select tenant_id, ${id}, ${to}, login, status, app_id, ${resealed}, scopes, asked_capabilities, issued_at, next_refresh_at,
      expires_at, expiry, checked_at, next_check_at, created_at
    from grants where connection_id = ${from}`)
}
