import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { HttpPort } from '@parley/instagram/http-port.ts'
import { sql } from '#ports/database.ts'
import { connectedAccount, echoAutomation } from '#testing/connected-account.ts'
import type { ConnectedAccount } from '#testing/connected-account.ts'
import { eraseNow } from '#testing/erase-now.ts'
import { delivery, eventually, line } from '#testing/pipeline.ts'
import { signedForm } from '#testing/signed-form.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { DeliveryIngester } from './delivery-ingester.ts'
import { createKeepDelivery } from './keep-delivery.ts'
import { readMissingLines } from './read-missing-lines.ts'

type Meta = {
  messages: Record<string, object>
  isAway: boolean
  reads: number
  /** What happens here while Meta thinks. */
  meanwhile?: () => Promise<void>
}

/** Meta's message nodes. */
function messagesOf(meta: Meta): HttpPort {
  return async ({ url }) => {
    meta.reads += 1
    if (meta.isAway) throw new HttpFailure('not_connected')
    await meta.meanwhile?.()
    const found = meta.messages[decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '')]
    const body = found ?? { error: { code: 100, error_subcode: 33, message: 'gone', type: 'x' } }
    return {
      status: found === undefined ? 400 : 200,
      headers: {},
      body: Buffer.from(JSON.stringify(body)),
    }
  }
}

async function withMissing(): Promise<
  {
    ports: TestPorts
    account: ConnectedAccount
    meta: Meta
    deliver: (body: object) => Promise<void>
  } & AsyncDisposable
> {
  const meta: Meta = { messages: {}, isAway: false, reads: 0 }
  const ports = await testPorts({ http: messagesOf(meta) })
  const account = await connectedAccount(ports, { ...echoAutomation, responder: null })
  const ingester = new DeliveryIngester(ports, {
    settleByEcho: async () => ({ found: 'nobody', conversationId: null }),
  })
  const keep = createKeepDelivery(ports)
  return {
    ports,
    account,
    meta,
    deliver: async (body) => await keep(Buffer.from(JSON.stringify(body)), 'instagram'),
    async [Symbol.asyncDispose]() {
      await ingester[Symbol.asyncDispose]()
      await ports[Symbol.asyncDispose]()
    },
  }
}

const companion = (account: ConnectedAccount, mid: string, atMs: number): object => ({
  sender: { id: '9001' },
  recipient: { id: account.accountId },
  timestamp: atMs,
  message_edit: { mid, num_edit: 0 },
})

const events = async (ports: TestPorts): Promise<string[]> =>
  (
    await ports.db.many<{ outcome: string; detail: string | null }>(
      sql`select outcome, detail from delivery_events where kind = 'edit_companion' order by delivery_id, n`,
    )
  ).map(({ outcome, detail }) => `${outcome}: ${detail}`)

const isDone = (ports: TestPorts) => async () =>
  (await ports.db.many(sql`select 1 from deliveries where state = 'stored'`)).length === 0

test('a message of which only the companion came is read and stored as if it had been delivered', async () => {
  await using missing = await withMissing()
  const { ports, account, meta, deliver } = missing
  const at = ports.clock.now()
  meta.messages['m1'] = {
    id: 'm1',
    created_time: new Date(at).toISOString(),
    from: { id: '9001' },
    to: { data: [{ id: account.accountId }] },
    message: 'hello',
  }
  meta.messages['own'] = { id: 'own', from: { id: account.accountId }, message: 'ours' }
  await deliver(
    delivery(account, ...['m1', 'own', 'gone'].map((mid) => companion(account, mid, at))),
  )
  await eventually(
    'the wait',
    async () =>
      (await ports.db.many(sql`select 1 from deliveries where retry_at is not null`)).length === 1,
  )
  await readMissingLines(ports)
  assert.equal(meta.reads, 0)
  ports.clock.advance(10_000)
  await eventually('the end of the wait', isDone(ports))
  await readMissingLines(ports)
  assert.deepEqual(await events(ports), [
    'stored: its message was read',
    'ignored: its message is no person’s',
    'ignored: its message is gone',
  ])
  const rows = await ports.db.many(sql`
    select m.mid, m.kind, m.author, w.message_id is not null as waits
    from messages m left join waiting_lines w on w.message_id = m.id`)
  assert.deepEqual(rows, [{ mid: 'm1', kind: 'text', author: 'person', waits: true }])
  await readMissingLines(ports)
  assert.equal(meta.reads, 3)
})

test('a message that comes with or after its companion is never read', async () => {
  await using missing = await withMissing()
  const { ports, account, meta, deliver } = missing
  const at = ports.clock.now()
  await deliver(delivery(account, companion(account, 'm1', at)))
  await deliver(delivery(account, line(account, '9001', 'm1', 'hello', at)))
  await eventually('both', isDone(ports))
  await readMissingLines(ports)
  assert.deepEqual(await events(ports), ['ignored: edit companion'])
  assert.equal(meta.reads, 0)
})

test('while Meta is away a missing message is asked for again, for ten minutes', async () => {
  await using missing = await withMissing()
  const { ports, account, meta, deliver } = missing
  await deliver(delivery(account, companion(account, 'm1', ports.clock.now())))
  ports.clock.advance(10_000)
  await eventually('the end of the wait', isDone(ports))
  meta.isAway = true
  await readMissingLines(ports)
  assert.deepEqual(await events(ports), ['ignored: its message is missing'])
  ports.clock.advance(10 * 60_000)
  await readMissingLines(ports)
  assert.deepEqual(await events(ports), ['ignored: its message could not be read'])
})

/** A companion whose message is read at Meta while `meanwhile` happens here. */
async function readWhile(
  missing: Awaited<ReturnType<typeof withMissing>>,
  meanwhile: () => Promise<void>,
) {
  const { ports, account, meta, deliver } = missing
  const at = ports.clock.now()
  meta.messages['m2'] = {
    id: 'm2',
    created_time: new Date(at).toISOString(),
    from: { id: '9001' },
    message: 'canary read late',
  }
  await deliver(delivery(account, line(account, '9001', 'm1', 'hello', at)))
  await deliver(delivery(account, companion(account, 'm2', at)))
  await eventually('the wait', async () => {
    const waiting = sql`select 1 from deliveries where retry_at is not null`
    return (await ports.db.many(waiting)).length === 1
  })
  ports.clock.advance(10_000)
  await eventually('the end of the wait', isDone(ports))
  meta.meanwhile = async () => {
    delete meta.meanwhile
    await meanwhile()
  }
  await readMissingLines(ports)
  assert.equal(meta.meanwhile, undefined, 'Meta was asked')
}

test('an account that is erased while a message of it is read stays erased', async () => {
  await using missing = await withMissing()
  const { ports, account } = missing
  await readWhile(missing, async () => {
    await ports.db.run(sql`update connections set app_scoped_id = '700001'`)
    const form = signedForm('700001')
    const asked = await testApp(ports).call('POST', '/webhooks/meta/data-deletion', form)
    assert.equal(asked.status, 200)
    await eraseNow(ports)
  })
  for (const table of ['people', 'conversations', 'messages', 'waiting_lines', 'lanes']) {
    const text = `select 1 from ${table} where tenant_id = $1`
    const left = await ports.db.many({ text, name: '', values: [account.tenantId] })
    assert.equal(left.length, 0, table)
  }
})

test('a connection that ends while a message of it is read stores it no more', async () => {
  await using missing = await withMissing()
  const { ports, account } = missing
  await readWhile(missing, async () => {
    const { call, asHost } = testApp(ports)
    await call('DELETE', `/v1/connections/${account.connectionId}`, { headers: asHost })
  })
  assert.deepEqual(await events(ports), ['ignored: its account is gone'])
  assert.equal((await ports.db.many(sql`select 1 from messages where mid = 'm2'`)).length, 0)
})

test('a person who is erased while a message of theirs is read stays erased', async () => {
  await using missing = await withMissing()
  const { ports } = missing
  await readWhile(missing, async () => {
    const { call, asHost } = testApp(ports)
    const { id } = await ports.db.one<{ id: string }>(sql`select id from conversations`)
    const asked = await call('DELETE', `/v1/conversations/${id}/person`, { headers: asHost })
    assert.equal(asked.status, 202)
    await eraseNow(ports)
  })
  const texts = sql`select 1 from messages where sealed is not null`
  assert.equal((await ports.db.many(texts)).length, 0)
  assert.equal((await ports.db.many(sql`select 1 from messages where mid = 'm2'`)).length, 0)
})
