import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testConnectWorld } from '#testing/test-connect.ts'
import { showDigest } from './digest.ts'

test('the command shows the week of the installation or of a tenant, mails nothing, and knows no tenant that is not there', async () => {
  await using world = await testConnectWorld()
  await world.connected()
  const config = { ...world.ports.config, databaseUrl: world.ports.db.url }
  assert.match(
    (await showDigest(config, {})) ?? '',
    /^Parley: the week until .*\n\nConnections\n- 1 /,
  )
  assert.match(
    (await showDigest(config, { tenant: 'shop' })) ?? '',
    /^shop: .*\n\nConnections\n- None\./,
  )
  const figures: unknown = JSON.parse((await showDigest(config, { json: true })) ?? '')
  assert.ok(typeof figures === 'object' && figures !== null && 'responses' in figures)
  assert.equal(await showDigest(config, { tenant: 'nobody' }), undefined)
})
