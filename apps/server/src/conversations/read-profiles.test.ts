import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import { testPorts } from '#testing/test-ports.ts'
import { readProfiles } from './read-profiles.ts'
import { receiveLines } from './receive-lines.ts'

test('a dead token uses up no tries: people get their names when the account is connected again', async () => {
  await using ports = await testPorts({
    http: async () => ({
      status: 200,
      headers: {},
      body: Buffer.from(JSON.stringify({ id: '9001', username: 'ana' })),
    }),
  })
  const account = await connectedAccount(ports)
  await ports.db.transaction(async (db) => {
    const line = { ...account, igsid: '9001', mid: 'm1', author: 'person', kind: 'text' } as const
    const flags = { answerable: false, opensWindow: true, pauses: false, content: { text: 'hi' } }
    await receiveLines(ports, db, [{ ...line, ...flags, atMs: ports.clock.now() }])
  })
  const username = async (): Promise<string | null> =>
    (await ports.db.one<{ username: string | null }>(sql`select username from people`)).username

  await ports.db.run(sql`update grants set status = 'needs_reauth'`)
  for (let n = 0; n < 10; n += 1) {
    assert.equal(await readProfiles(ports), 1)
    ports.clock.advance(10 * 60_000)
  }
  assert.equal(await username(), null)
  await ports.db.run(sql`update grants set status = 'active'`)
  assert.equal(await readProfiles(ports), 1)
  assert.equal(await username(), 'ana')
})
