import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Automation } from '@parley/contract/automation.ts'
import { openFields } from '#automation/open-fields.ts'
import { sql } from '#ports/database.ts'
import { connectedAccount, echoAutomation } from '#testing/connected-account.ts'
import type { ConnectedAccount } from '#testing/connected-account.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { listMessages } from './list-messages.ts'
import { loadConversation } from './load-conversation.ts'

const slow = { ...echoAutomation, quietMs: 5000 }
const off = { ...echoAutomation, responder: null }

const about = (account: ConnectedAccount, igsid: string, atMs: number) => ({
  sender: { id: igsid },
  recipient: { id: account.accountId },
  timestamp: atMs,
})

const byHand = (account: ConnectedAccount, igsid: string, mid: string, atMs: number): object => ({
  sender: { id: account.accountId },
  recipient: { id: igsid },
  timestamp: atMs,
  message: { mid, text: 'Ana here', is_echo: true },
})

const stored = (ports: TestPorts, mid: string) => async () =>
  (await ports.db.many(sql`select 1 from messages where mid = ${mid}`)).length === 1

const settled = (ports: TestPorts) => async () =>
  (await ports.db.many(sql`select 1 from deliveries where state = 'stored'`)).length === 0

const conversation = async (
  ports: TestPorts,
): Promise<{ id: string; mode: string; mode_reason: string | null; paused: Date | null }> =>
  await ports.db.one(
    sql`select id, mode, mode_reason, paused_until as paused from conversations where igsid = '9001'`,
  )

const waiting = async (ports: TestPorts): Promise<string[]> =>
  (
    await ports.db.many<{ mid: string }>(sql`
      select m.mid from waiting_lines w join messages m on m.tenant_id = w.tenant_id and m.id = w.message_id order by w.at`)
  ).map((row) => row.mid)

test('what somebody writes in the Instagram app deals with the lines before it, and no others', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const account = await connectedAccount(ports, slow)
  const at = ports.clock.now()
  await deliver(delivery(account, line(account, '9001', 'm1', 'hello?', at)))
  await deliver(delivery(account, line(account, '9002', 'm2', 'another person', at)))
  await eventually('both', async () => (await waiting(ports)).length === 2)
  await deliver(delivery(account, byHand(account, '9001', 'h1', at + 10)))
  await deliver(delivery(account, line(account, '9001', 'm3', 'thanks', at + 20)))
  await eventually('the last', stored(ports, 'm3'))
  assert.deepEqual(await waiting(ports), ['m2', 'm3'])
})

test('a line in the Instagram app never shortens a takeover without an end', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const account = await connectedAccount(ports, off)
  const at = ports.clock.now()
  await deliver(delivery(account, line(account, '9001', 'm1', 'hello?', at)))
  await eventually('the line', stored(ports, 'm1'))
  await ports.db.run(sql`update conversations set mode = 'human', mode_reason = 'operator'`)
  await deliver(delivery(account, byHand(account, '9001', 'h1', at + 10)))
  await eventually('the echo', stored(ports, 'h1'))
  const { mode, mode_reason: reason, paused } = await conversation(ports)
  assert.deepEqual({ mode, reason, paused }, { mode: 'human', reason: 'operator', paused: null })

  // A pause with an end gets longer, never shorter.
  const far = new Date(at + 100 * 3_600_000)
  await ports.db.run(sql`update conversations set paused_until = ${far}`)
  await deliver(delivery(account, byHand(account, '9001', 'h2', at + 20)))
  await eventually('the next echo', stored(ports, 'h2'))
  assert.equal((await conversation(ports)).paused?.getTime(), far.getTime())
})

test('a line edited while its answer has not left is answered as it is now', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver, graph } = pipeline
  const account = await connectedAccount(ports)
  const at = ports.clock.now()
  graph.faults.push('no-connection')
  await deliver(delivery(account, line(account, '9001', 'm1', 'cofee', at)))
  await eventually(
    'the failed try',
    async () =>
      (await ports.db.many(sql`select 1 from messages where status = 'queued'`)).length === 1 &&
      graph.faults.length === 0,
  )
  const edit = { message_edit: { mid: 'm1', text: 'coffee', num_edit: 1 } }
  await deliver(delivery(account, { ...about(account, '9001', at + 1), ...edit }))
  await eventually('the edit', settled(ports))
  ports.clock.advance(3000)
  await eventually('the answer', () => graph.sent.length > 0)
  assert.deepEqual(
    graph.sent.map((one) => one.text),
    ['coffee'],
  )
})

test('an edit of a waiting line overtakes an answer that is being decided; one of an answered line nothing', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const account = await connectedAccount(ports, slow)
  const at = ports.clock.now()
  const epoch = async (): Promise<number> =>
    (await ports.db.one<{ n: number }>(sql`select line_epoch as n from conversations`)).n
  await deliver(delivery(account, line(account, '9001', 'm1', 'cofee', at)))
  await eventually('the line', stored(ports, 'm1'))
  const edit = (text: string, n: number) => ({
    ...about(account, '9001', at + n),
    message_edit: { mid: 'm1', text, num_edit: n },
  })
  await deliver(delivery(account, edit('coffee', 1)))
  await eventually('the edit', async () => (await epoch()) === 2)
  await ports.db.run(sql`delete from waiting_lines`)
  await deliver(delivery(account, edit('tea', 2)))
  await eventually('the late edit', settled(ports))
  assert.equal(await epoch(), 2)
})

test('a line that comes after its edit keeps everything of its own but the text', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const account = await connectedAccount(ports, off)
  const at = ports.clock.now()
  await deliver(
    delivery(account, {
      ...about(account, '9001', at + 1),
      message_edit: { mid: 'm1', text: 'new text', num_edit: 1 },
    }),
  )
  await eventually('the edit', stored(ports, 'm1'))
  await deliver(
    delivery(account, {
      ...about(account, '9001', at),
      message: {
        mid: 'm1',
        text: 'old text',
        quick_reply: { payload: 'TAP' },
        attachments: [{ type: 'image', payload: { url: 'https://cdn.example/1.jpg' } }],
        reply_to: { mid: 'm0' },
      },
    }),
  )
  await eventually('the line', settled(ports))
  const { id } = await conversation(ports)
  const page = { cursor: undefined, limit: 10, latest: false }
  const { data } = await listMessages(ports, id, null, page)
  assert.deepEqual(
    data.map(({ text, kind, quickReply, attachments, replyTo, direction, author }) => {
      return { text, kind, quickReply, images: attachments.length, replyTo, direction, author }
    }),
    [
      {
        text: 'new text',
        kind: 'quick_reply',
        quickReply: { title: 'old text', payload: 'TAP' },
        images: 1,
        replyTo: { mid: 'm0' },
        direction: 'inbound',
        author: 'person',
      },
    ],
  )
})

test('what a person said in an unsent line is in no field any more, nor where the flow could return to', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver, graph } = pipeline
  const asking: Automation = {
    ...echoAutomation,
    flow: {
      version: 1,
      start: 'name',
      steps: {
        name: { type: 'ask', text: 'Your name?', field: 'name', next: 'town' },
        town: { type: 'ask', text: 'Your town?', field: 'town', next: 'pet' },
        pet: { type: 'ask', text: 'Your pet?', field: 'pet', next: null },
      },
    },
  }
  const account = await connectedAccount(ports, asking)
  const at = ports.clock.now()
  for (const [n, text] of ['hi', 'Ana', 'Leon'].entries()) {
    await deliver(delivery(account, line(account, '9001', `m${n}`, text, at + n)))
    await eventually(`answer ${n}`, () => graph.sent.length === n + 1)
  }
  await eventually(
    'the records',
    async () =>
      (await ports.db.many(sql`select 1 from messages where status = 'sent'`)).length === 3,
  )
  const { id } = await conversation(ports)
  const fields = async () => (await loadConversation(ports, id, null, openFields)).fields
  assert.deepEqual(await fields(), { name: 'Ana', town: 'Leon' })
  const unsend = { message: { mid: 'm1', is_deleted: true } }
  await deliver(delivery(account, { ...about(account, '9001', at + 5), ...unsend }))
  await eventually('the unsend', settled(ports))
  assert.deepEqual(await fields(), { town: 'Leon' })
  const sealer = await ports.vault.tenant(account.tenantId)
  const before = await ports.db.many<{ sealed: Buffer }>(
    sql`select sealed_flow_before as sealed from turns where sealed_flow_before is not null`,
  )
  assert.equal(before.length, 2)
  for (const { sealed } of before) assert(!('name' in openFields(sealer, id, sealed)))
})

test('the unsend of something the business wrote leaves the tombstone on the business’s side', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const account = await connectedAccount(ports, off)
  const at = ports.clock.now()
  await deliver(
    delivery(account, {
      sender: { id: account.accountId },
      recipient: { id: '9001' },
      timestamp: at,
      message: { mid: 'h1', is_deleted: true, is_echo: true },
    }),
  )
  await eventually('the tombstone', stored(ports, 'h1'))
  const rows = await ports.db.many(sql`select direction, author, status from messages`)
  assert.deepEqual(rows, [{ direction: 'outbound', author: 'instagram_app', status: 'sent' }])
})

test('what the owner writes to the account itself is stored and never answered', async () => {
  await using pipeline = await testPipeline()
  const { ports, deliver } = pipeline
  const account = await connectedAccount(ports, slow)
  await deliver(
    delivery(account, {
      ...about(account, '9001', ports.clock.now()),
      message: { mid: 's1', text: 'a test', is_self: true },
    }),
  )
  await eventually('the line', stored(ports, 's1'))
  assert.deepEqual(await waiting(ports), [])
})
