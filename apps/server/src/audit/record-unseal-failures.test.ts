import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { UnsealError } from '#ports/cipher.ts'
import { sql } from '#ports/database.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'

type Line = { tenant_id: string | null; subject_id: string | null; detail: unknown }

/** The lines, once there are as many as expected and no more come. */
async function lines(ports: TestPorts, count: number): Promise<Line[]> {
  const read = async (): Promise<Line[]> =>
    await ports.db.many<Line>(sql`
      select tenant_id, subject_id, detail from audit_log where action = 'value.unseal_failed' order by id`)
  for (let n = 0; n < 100 && (await read()).length < count; n += 1) await sleep(20)
  await sleep(50)
  return await read()
}

test('a kept answer moved to another key does not open, and leaves a line without the key’s text', async () => {
  await using ports = await testPorts()
  const { call, asHost, tenant } = testApp(ports)
  await tenant('lumen', ['https://app.example/'])
  const post = async (key: string) =>
    await call('POST', '/v1/connect-sessions', {
      body: { tenantId: 'lumen' },
      headers: { ...asHost, 'idempotency-key': key },
    })
  await post('one')
  await post('two')
  await ports.db.run(sql`
    update idempotent_answers set sealed_answer = (select sealed_answer from idempotent_answers where key = 'one')
    where key = 'two'`)
  assert.equal((await post('two')).status, 500)
  assert.deepEqual(await lines(ports, 1), [
    {
      tenant_id: null,
      subject_id: null,
      detail: { table: 'idempotent_answers', column: 'sealed_answer' },
    },
  ])
})

test('a message of another tenant put into one’s row leaves a line that names the row and its tenant', async () => {
  await using ports = await testPorts()
  const { tenant } = testApp(ports)
  await tenant('lumen')
  await tenant('shop')
  const place = { table: 'messages', row: 'm1', column: 'sealed' }
  const foreign = (await ports.vault.tenant('shop')).seal(place, 'hello')
  const sealer = await ports.vault.tenant('lumen')
  assert.throws(() => sealer.open(place, foreign), UnsealError)
  assert.deepEqual(await lines(ports, 1), [
    { tenant_id: 'lumen', subject_id: 'm1', detail: { table: 'messages', column: 'sealed' } },
  ])
})

test('a table full of damage makes twenty lines at once, not one each; nobody else’s are held back', async () => {
  await using ports = await testPorts()
  await testApp(ports).tenant('lumen')
  const place = { table: 'messages', row: 'm1', column: 'sealed' }
  const sealer = await ports.vault.tenant('lumen')
  for (let n = 0; n < 100; n += 1) assert.throws(() => sealer.open(place, Buffer.alloc(40)))
  assert.throws(() => ports.vault.inbox().open(place, Buffer.alloc(40)))
  const found = await lines(ports, 21)
  assert.deepEqual([found.length, found.filter((line) => line.tenant_id === null).length], [21, 1])
})
