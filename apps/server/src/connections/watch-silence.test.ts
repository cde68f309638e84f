import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { testConnectWorld } from '#testing/test-connect.ts'
import type { Json, TestConnectWorld } from '#testing/test-connect.ts'
import { markEventReceived } from './mark-event-received.ts'
import { watchSilence } from './watch-silence.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

async function openWorld(): Promise<{ world: TestConnectWorld; id: string }> {
  const world = await testConnectWorld()
  const { id } = await world.connected()
  return { world, id }
}

const hear = async (world: TestConnectWorld, id: string): Promise<void> => {
  const event = { tenantId: 'clinic', connectionId: id, isMessage: true }
  await markEventReceived(world.ports.db, new Date(world.ports.clock.now()), [event])
}

const open = async (world: TestConnectWorld): Promise<Json[]> =>
  (await world.call('GET', '/v1/alerts?state=open', { headers: world.asHost })).json.data

/** Four weeks of weekdays: something every two hours by day, nothing at night and at weekends. */
async function liveFourWeeks(world: TestConnectWorld, id: string): Promise<number> {
  let alerts = 0
  for (let hour = 0; hour < 28 * 24; hour += 2) {
    world.ports.clock.advance(2 * HOUR_MS)
    const now = new Date(world.ports.clock.now())
    const isWeekday = now.getUTCDay() >= 1 && now.getUTCDay() <= 5
    const isDay = now.getUTCHours() >= 8 && now.getUTCHours() < 18
    if (isWeekday && isDay) await hear(world, id)
    await watchSilence(world.ports)
    alerts += (await open(world)).length
  }
  return alerts
}

test('a silence no longer than a weekend is nothing; one twice as long is told once, and its end', async () => {
  const { world, id } = await openWorld()
  await using _ = world
  assert.equal(await liveFourWeeks(world, id), 0)
  world.ports.clock.advance(7 * DAY_MS)
  await watchSilence(world.ports)
  await watchSilence(world.ports)
  const [alert, ...others] = await open(world)
  assert.equal(alert.kind, 'silent')
  assert.match(alert.message, /@lumen\.chiro since \d{4}-\d\d-\d\d/)
  assert.deepEqual(others, [])
  world.ports.clock.advance(HOUR_MS)
  await hear(world, id)
  await watchSilence(world.ports)
  assert.deepEqual(await open(world), [])
})

test('an account that is new, never spoke, or is not subscribed is not missed', async () => {
  const { world, id } = await openWorld()
  await using _ = world
  world.ports.clock.advance(20 * DAY_MS)
  await watchSilence(world.ports)
  await hear(world, id)
  world.ports.clock.advance(30 * DAY_MS)
  await world.ports.db.run(sql`update connections set webhook_subscribed = false`)
  await watchSilence(world.ports)
  assert.deepEqual(await open(world), [])
})
