import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyStatus } from './key-status.ts'
import { rewrapKeys } from './rewrap-keys.ts'
import { sql } from '#ports/database.ts'
import { WrongKeyError } from '#ports/master-keys.ts'
import type { MasterKey } from '#ports/master-keys.ts'
import { openVault } from '#ports/vault.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import { testConfig, testPorts } from '#testing/test-ports.ts'
import { useGrant } from '#tokens/use-grant.ts'

const old = testConfig().encryptionKeys[0]
const fresh: MasterKey = { kid: 'fresh', key: new Uint8Array(32).fill(9) }
const silent = (): void => undefined

test('every data key is wrapped with the new master key, no value is touched, and the old one can go', async () => {
  await using ports = await testPorts()
  const account = await connectedAccount(ports)
  await connectedAccount(ports)
  const shot = async () =>
    await ports.db.many(sql`select xmin::text, sealed_token from grants order by id`)
  const before = await shot()
  const config = { ...ports.config, encryptionKeys: [fresh, old] as const }
  const steps: number[] = []
  const result = await rewrapKeys({ ...ports, config }, (done) => steps.push(done))
  assert.deepEqual(result, { masterKey: 'fresh', rewrapped: 3, unused: [old.kid], inUse: [] })
  assert.deepEqual(steps, [1, 2, 3])
  assert.deepEqual(await shot(), before)

  await assert.rejects(openVault(ports.db, [old], ports), WrongKeyError)
  const vault = await openVault(ports.db, [fresh], ports)
  const grant = await useGrant({ ...ports, vault }, account, 'send')
  assert.equal(grant.token.reveal(), `token-${account.accountId}`)
  const [line] = await ports.db.many(
    sql`select subject_id, detail from audit_log where action = 'key.rewrapped'`,
  )
  assert.deepEqual(line, { subject_id: 'fresh', detail: { count: 3 } })
})

test('again it does nothing, and cut off in the middle it goes on', async () => {
  await using ports = await testPorts()
  for (let n = 0; n < 4; n += 1) await connectedAccount(ports)
  const config = { ...ports.config, encryptionKeys: [fresh, old] as const }
  const cut = rewrapKeys({ ...ports, config }, (done) => {
    if (done === 2) throw new Error('cut off')
  })
  await assert.rejects(cut, /cut off/)
  assert.equal((await rewrapKeys({ ...ports, config }, silent)).rewrapped, 3)
  assert.equal((await rewrapKeys({ ...ports, config }, silent)).rewrapped, 0)
  const lines = await ports.db.many(sql`select 1 from audit_log where action = 'key.rewrapped'`)
  assert.equal(lines.length, 1)
})

test('a master key still in use is named with what needs it', async () => {
  await using ports = await testPorts()
  const { tenantId } = await connectedAccount(ports)
  // Changed by somebody: wrapped for another owner.
  await ports.db.run(sql`
    update data_keys set wrapped = (select wrapped from data_keys where owner = 'inbox')
    where owner = ${`tenant:${tenantId}`}`)
  const config = { ...ports.config, encryptionKeys: [fresh, old] as const }
  const result = await rewrapKeys({ ...ports, config }, silent)
  assert.deepEqual(result.inUse, [{ masterKey: old.kid, owners: [`tenant:${tenantId} version 1`] }])
  assert.deepEqual(result.unused, [])
  const { masterKeys } = await keyStatus({ ...ports, config }, undefined)
  assert.deepEqual(masterKeys, [
    { name: 'fresh', wraps: true, dataKeys: 1 },
    { name: old.kid, wraps: false, dataKeys: 1 },
  ])
})
