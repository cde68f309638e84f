import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import type { Erasure } from '@parley/contract/erasure.ts'
import { testDatabase } from '@parley/server/testing/test-database.ts'
import { connectAccount } from '#support/connect-over-http.ts'
import { startDemo } from '#support/demo.ts'
import { eventually } from '#support/eventually.ts'
import { spawnParley } from '#support/spawn-parley.ts'

const CONVERSATIONS = 2_000
const MESSAGES = 20 * CONVERSATIONS

test('an erasure killed half way is finished by the next start, and counts every row once', async (t) => {
  await using database = await testDatabase()
  await using demo = await startDemo({ DATABASE_URL: database.url, PARLEY_LOG_LEVEL: 'error' })
  const id = await connectAccount(demo, 'lumen', 'lumen.chiro')
  const client = new Client({ connectionString: database.url })
  await client.connect()
  await using stack = new AsyncDisposableStack()
  stack.defer(async () => await client.end())
  await client.query(
    `insert into conversations (tenant_id, id, connection_id, igsid, created_at)
     select 'lumen', gen_random_uuid(), $1, n::text, now() from generate_series(1, $2::integer) n`,
    [id, CONVERSATIONS],
  )
  await client.query(
    `insert into messages (tenant_id, id, connection_id, conversation_id, direction, author, kind, status, at)
     select tenant_id, gen_random_uuid(), connection_id, id, 'inbound', 'person', 'text', 'received', now()
     from conversations, generate_series(1, $1::integer)`,
    [MESSAGES / CONVERSATIONS],
  )
  const numberOf = async (query: string): Promise<number> =>
    Number((await client.query<{ n: string }>(query)).rows[0]?.n)

  const begun = await demo.api.take<Erasure>('DELETE', '/v1/tenants/lumen')
  const goneOf = async (): Promise<number> =>
    await numberOf(`select deleted as n from data_deletion_steps where store = 'messages'`)
  await eventually('some messages to be gone', async () => (await goneOf()) > 0)
  demo.parley.kill('SIGKILL')
  await demo.parley.exited()
  // In one statement: a commit that had begun may still come.
  const {
    rows: [at],
  } = await client.query<{ gone: number; left: number }>(`
    select (select deleted from data_deletion_steps where store = 'messages')::int as gone,
      (select count(*) from messages where tenant_id = 'lumen')::int as left`)
  assert.ok(at)
  const { gone, left } = at
  t.diagnostic(`killed after ${gone} of ${MESSAGES} messages`)
  assert.ok(gone < MESSAGES, 'killed half way')
  assert.equal(left, MESSAGES - gone, 'what was counted is what went')

  await using again = await spawnParley({
    folder: demo.folder,
    args: ['start'],
    env: {
      PORT: new URL(demo.url).port,
      SIMULATOR_PORT: new URL(demo.simulator.url).port,
      DATABASE_URL: database.url,
      PARLEY_LOG_LEVEL: 'error',
    },
  })
  await again.ready()
  // A dead worker's lease is a minute long.
  await client.query('update data_deletions set lease_until = null')
  const done = await eventually('the erasure to be done', async () => {
    const found = await demo.api.take<Erasure>('GET', `/v1/erasures/${begun.id}`)
    return found.status === 'done' && found
  })
  const counts = Object.fromEntries(done.stores.map(({ store, deleted }) => [store, deleted]))
  assert.deepEqual([counts['messages'], counts['conversations']], [MESSAGES, CONVERSATIONS])
})
