import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'
import { describeKeys } from './describe-keys.ts'

test('each master key is told with how many data keys need it, also one that no setting holds', async () => {
  await using ports = await testPorts()
  await testApp(ports).tenant('clinic')
  const { masterKeys, owners, oldestDataKeyAt, rotations } = await describeKeys(ports)
  assert.deepEqual(masterKeys, [{ name: 'test', state: 'wraps', dataKeys: owners }])
  assert.ok(owners >= 1 && oldestDataKeyAt !== null)
  assert.deepEqual(rotations, [])

  const [own] = ports.config.encryptionKeys
  const renamed = { ...own, kid: 'newer' }
  const config = { ...ports.config, encryptionKeys: [renamed] as const }
  const moved = await describeKeys({ ...ports, config })
  assert.deepEqual(moved.masterKeys, [
    { name: 'newer', state: 'wraps', dataKeys: 0 },
    { name: 'test', state: 'missing', dataKeys: owners },
  ])
})

test('a rotation is told until it is finished', async () => {
  await using ports = await testPorts()
  await testApp(ports).tenant('clinic')
  await ports.db.run(sql`insert into key_rotations (owner, version) values ('tenant:clinic', 2)`)
  const [rotation] = (await describeKeys(ports)).rotations
  assert.deepEqual(
    [rotation?.owner, rotation?.version, rotation?.resealed],
    ['tenant:clinic', 2, 0],
  )
  await ports.db.run(sql`update key_rotations set finished_at = clock_timestamp()`)
  assert.deepEqual((await describeKeys(ports)).rotations, [])
})
