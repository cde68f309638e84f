import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { connectedAccount, echoAutomation } from '#testing/connected-account.ts'
import { eraseNow } from '#testing/erase-now.ts'
import { delivery, eventually, line } from '#testing/pipeline.ts'
import { signedForm } from '#testing/signed-form.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'
import { DeliveryIngester } from '#webhooks/delivery-ingester.ts'
import { createKeepDelivery } from '#webhooks/keep-delivery.ts'
import { carryOutErasures } from './carry-out-erasures.ts'

/* What was received before somebody asked to be forgotten, and is worked after. */

/** One line of a person is stored, another received and not worked yet. */
async function openBacklog() {
  const ports = await testPorts()
  const account = await connectedAccount(ports, { ...echoAutomation, responder: null })
  await ports.db.run(sql`update connections set app_scoped_id = '700001'`)
  const keep = createKeepDelivery(ports)
  const deliver = async (mid: string, text: string): Promise<void> => {
    const item = line(account, '910001', mid, text, ports.clock.now())
    await keep(Buffer.from(JSON.stringify(delivery(account, item))), 'instagram')
  }
  const work = async (): Promise<void> => {
    await using _ = new DeliveryIngester(ports, {
      settleByEcho: async () => ({ found: 'nobody', conversationId: null }),
    })
    await eventually('the backlog', async () => {
      const stored = sql`select 1 from deliveries where state = 'stored'`
      return (await ports.db.many(stored)).length === 0
    })
  }
  await deliver('m-1', 'canary worked')
  await work()
  await deliver('m-2', 'canary received')
  return {
    ports,
    app: testApp(ports),
    deliver,
    work,
    /** Some rounds of the job; the transactions of other tests are taken as over. */
    round: async (): Promise<void> => {
      await ports.db.run(sql`update data_deletions set barrier = '3'::xid8`)
      for (let n = 0; n < 3; n += 1) {
        await carryOutErasures(ports)
        await ports.db.run(sql`update data_deletions set lease_until = null`)
      }
    },
    async [Symbol.asyncDispose]() {
      await ports[Symbol.asyncDispose]()
    },
  }
}

test('a person’s line that was received and not worked when they were erased is erased too', async () => {
  await using backlog = await openBacklog()
  const { ports, app, deliver, work, round } = backlog
  const { call, asHost } = app
  const { id } = await ports.db.one<{ id: string }>(sql`select id from conversations`)
  const begun = await call('DELETE', `/v1/conversations/${id}/person`, { headers: asHost })
  const status = async () =>
    (await call('GET', `/v1/erasures/${begun.json.id}`, { headers: asHost })).json
  /** A message of the account, `ms` from now; with a turn it is the automation's answer to what came before it. */
  const answerAt = async (mid: string, ms: number, hasTurn: boolean): Promise<void> => {
    const turn = hasTurn ? ports.random.uuid(ports.clock.now()) : null
    await ports.db.run(sql`
      insert into messages (tenant_id, id, connection_id, conversation_id, mid, direction, author, kind, status, at, sealed, turn_id)
      select tenant_id, gen_random_uuid(), connection_id, id, ${mid}, 'outbound', 'automation', 'text', 'sent',
        ${new Date(ports.clock.now() + ms)}, '\\x00', ${turn}::uuid from conversations`)
  }
  await round()
  assert.equal((await status()).status, 'waiting', 'no receipt for what nobody has read')

  ports.clock.advance(60_000)
  await deliver('m-3', 'written later')
  await work()
  await answerAt('to m-2', -30_000, true)
  await answerAt('by hand', -20_000, false)
  await answerAt('to m-3', 1000, true)
  await eraseNow(ports)
  const done = await status()
  assert.equal(done.status, 'done')
  assert.deepEqual(
    done.stores.map(({ store, deleted }: { store: string; deleted: number }) => [store, deleted]),
    [
      ['answers', 0],
      ['deliveries', 3],
      ['unowned', 0],
      ['lines', 2],
    ],
  )
  const rows = await ports.db.many(sql`
    select mid, sealed is not null as readable, deleted_at is not null as erased from messages order by at, mid`)
  assert.deepEqual(rows, [
    { mid: 'm-1', readable: false, erased: true },
    { mid: 'm-2', readable: false, erased: true },
    { mid: 'to m-2', readable: false, erased: true },
    { mid: 'by hand', readable: true, erased: false },
    { mid: 'm-3', readable: true, erased: false },
    { mid: 'to m-3', readable: true, erased: false },
  ])
  const waiting = await ports.db.many(sql`
    select m.mid from waiting_lines w join messages m on m.id = w.message_id`)
  assert.deepEqual(waiting, [{ mid: 'm-3' }])
})

test('an account’s body that was received and not worked when it was erased leaves nothing', async () => {
  await using backlog = await openBacklog()
  const { ports, app, work, round } = backlog
  const asked = await app.call('POST', '/webhooks/meta/data-deletion', signedForm('700001'))
  assert.equal(asked.status, 200)
  await round()
  const unfinished = sql`select 1 from data_deletions where finished_at is null`
  assert.equal((await ports.db.many(unfinished)).length, 1)
  await work()
  await eraseNow(ports)
  for (const table of ['deliveries', 'delivery_events', 'messages', 'people']) {
    const left = await ports.db.many({ text: `select 1 from ${table}`, name: '', values: [] })
    assert.equal(left.length, 0, table)
  }
})
