import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { eventually } from '#testing/pipeline.ts'
import { pass, testConnectWorld } from '#testing/test-connect.ts'
import type { TestConnectWorld } from '#testing/test-connect.ts'
import { mendDates } from '#tokens/mend-dates.ts'
import { refreshDue } from '#tokens/refresh-due.ts'
import { checkConnections } from './check-connections.ts'
import { keepConnections } from './keep-connections.ts'

const DAY_MS = 24 * 3_600_000
const EVERYBODY = { tenants: null }

/** The workers' clocks go with the database's, and Meta's with them. */
async function rightWorld(): Promise<TestConnectWorld> {
  const world = await testConnectWorld()
  const { at } = await world.ports.db.one<{ at: Date }>(sql`select clock_timestamp() as at`)
  world.ports.clock.set(at.getTime())
  await pass(world, 0)
  return world
}

const datesOf = async ({ ports }: TestConnectWorld) =>
  await ports.db.one<{
    checked_at: Date
    next_check_at: Date
    next_refresh_at: Date
    expires_at: Date
  }>(sql`select checked_at, next_check_at, next_refresh_at, expires_at from grants`)

test('a clock that was ahead for weeks and came back leaves nobody without a look and a refresh', async () => {
  await using world = await rightWorld()
  const { id } = await world.connected()
  await pass(world, 2 * DAY_MS)
  // Ours alone: what is due by it is done, and written down with its time.
  world.ports.clock.advance(40 * DAY_MS)
  assert.equal((await refreshDue(world.ports, EVERYBODY)).refreshed, 1)
  assert.equal(await checkConnections(world.ports, EVERYBODY), 1)
  world.ports.clock.advance(-40 * DAY_MS)
  await pass(world, 2 * DAY_MS)
  assert.deepEqual(await refreshDue(world.ports, EVERYBODY), {
    refreshed: 0,
    failed: 0,
    invalid: 0,
  })
  assert.equal(await checkConnections(world.ports, EVERYBODY), 0, 'nothing seems due')

  assert.equal(await mendDates(world.ports), 2)
  assert.equal(await checkConnections(world.ports, EVERYBODY), 1)
  // The token might be a minute old.
  await pass(world, DAY_MS)
  assert.equal((await refreshDue(world.ports, EVERYBODY)).refreshed, 1)
  assert.equal(await checkConnections(world.ports, EVERYBODY), 1)
  const nowMs = world.ports.clock.now()
  const dates = await datesOf(world)
  assert.equal(dates.checked_at.getTime(), nowMs)
  assert.ok(dates.next_check_at.getTime() <= nowMs + DAY_MS)
  assert.ok(dates.next_refresh_at.getTime() <= nowMs + 36 * DAY_MS)
  // The end Meta tells is earlier than the one that was counted from a moment still to come.
  assert.ok(dates.expires_at.getTime() <= nowMs + 60 * DAY_MS)
  assert.equal((await world.find(id)).status, 'active')
  assert.equal(await mendDates(world.ports), 0, 'dates that can be meant stay')
})

test('an account connected while the clock was ahead is not refreshed before its token is a day old', async () => {
  await using world = await rightWorld()
  world.ports.clock.advance(100 * DAY_MS)
  await world.connected()
  world.ports.clock.advance(-100 * DAY_MS)
  // Meta's clock did not stand while they connected.
  await pass(world, 60_000)
  assert.equal(await mendDates(world.ports), 2)
  for (const [waitMs, refreshed] of [
    [0, 0],
    [DAY_MS - 1, 0],
    [1, 1],
  ] as const) {
    await pass(world, waitMs)
    const sweep = await refreshDue(world.ports, EVERYBODY)
    assert.deepEqual(sweep, { refreshed, failed: 0, invalid: 0 })
    assert.equal(world.calls('/refresh_access_token'), refreshed)
  }
  assert.equal(await mendDates(world.ports), 0)
})

test('a worker whose clock is behind leaves the dates, and the pauses, of those whose clock is right', async () => {
  await using world = await rightWorld()
  await world.connected()
  await pass(world, DAY_MS)
  await world.control('/faults', { path: '/me', error: { code: 101 } })
  await checkConnections(world.ports, EVERYBODY)
  const all = async () => ({
    grants: await world.ports.db.many(
      sql`select next_check_at, next_refresh_at, retry_at from grants`,
    ),
    apps: await world.ports.db.many(sql`select open_until, opened_at from meta_apps`),
  })
  const before = await all()
  // As before the first answer of a time server.
  for (const days of [30, 1000]) {
    world.ports.clock.advance(-days * DAY_MS)
    assert.equal(await mendDates(world.ports), 0)
    world.ports.clock.advance(days * DAY_MS)
  }
  assert.deepEqual(await all(), before)
})

test('pauses of a grant and of a whole app that such a clock wrote are over', async () => {
  await using world = await rightWorld()
  await world.connected()
  await pass(world, DAY_MS)
  world.ports.clock.advance(30 * DAY_MS)
  await world.control('/faults', { path: '/me', error: { code: 101 } })
  await checkConnections(world.ports, EVERYBODY)
  world.ports.clock.advance(-30 * DAY_MS)
  assert.equal(await checkConnections(world.ports, EVERYBODY), 0)
  // One pause of the grant, one of its app; the check itself was due before.
  assert.equal(await mendDates(world.ports), 2)
  assert.equal(await checkConnections(world.ports, EVERYBODY), 1)
  const apps = await world.ports.db.many(sql`select 1 from meta_apps where open_until is not null`)
  assert.equal(apps.length, 0)
})

test('a worker whose time goes back mends the dates by itself', async () => {
  await using world = await rightWorld()
  await world.connected()
  await pass(world, DAY_MS)
  const errors: unknown[] = []
  await using _keeping = keepConnections(world.ports, (error) => errors.push(error))
  const looked = async (): Promise<boolean> =>
    (await datesOf(world)).checked_at.getTime() === world.ports.clock.now()
  await eventually('the first look', looked)
  world.ports.clock.advance(20 * DAY_MS)
  await eventually('a look at the wrong time', looked)
  world.ports.clock.advance(-20 * DAY_MS)
  await eventually('a look at the right time', looked)
  assert.deepEqual(errors, [])
})
