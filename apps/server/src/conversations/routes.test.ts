import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import { testApp } from '#testing/test-app.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { receiveLines } from './receive-lines.ts'
import type { IncomingLine, MessageContent } from './schema.ts'

type Said = { igsid: string; mid: string; atMs: number; content?: MessageContent; kind?: string }

/** One account with these lines, in this order. */
async function withLines(
  ports: TestPorts,
  said: readonly Said[],
): Promise<{ tenantId: string; connectionId: string; conversations: string[] }> {
  const account = await connectedAccount(ports)
  const lines = said.map(
    ({ content = { text: 'hello' }, kind = 'text', ...rest }): IncomingLine => ({
      ...account,
      ...rest,
      author: 'person',
      kind,
      content,
      answerable: false,
      opensWindow: true,
      pauses: false,
    }),
  )
  const received = await ports.db.transaction(async (db) => await receiveLines(ports, db, lines))
  return { ...account, conversations: received.map((one) => one.conversationId) }
}

test('a conversation that does not open hides no other, and its messages are placeholders', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  const atMs = ports.clock.now()
  const { conversations } = await withLines(ports, [
    { igsid: '9001', mid: 'm1', atMs },
    { igsid: '9002', mid: 'm2', atMs: atMs + 1 },
    { igsid: '9002', mid: 'm3', atMs: atMs + 2, content: { text: 'still readable' } },
  ])
  const poisoned = conversations[1] ?? ''
  await ports.db.run(
    sql`update conversations set sealed_flow_state = 'broken'::bytea where id = ${poisoned}`,
  )
  await ports.db.run(sql`update messages set sealed = 'broken'::bytea where mid = 'm2'`)

  const list = await call('GET', '/v1/conversations', { headers: asHost })
  assert.equal(list.status, 200)
  type Listed = { id: string; preview: string | null; fields: object }
  assert.deepEqual(
    list.json.data.map(({ id, preview, fields }: Listed) => ({ id, preview, fields })),
    [
      { id: poisoned, preview: 'still readable', fields: {} },
      { id: conversations[0], preview: 'hello', fields: {} },
    ],
  )
  const alone = await call('GET', `/v1/conversations/${poisoned}`, { headers: asHost })
  assert.equal(alone.status, 200)
  const path = `/v1/conversations/${poisoned}/messages`
  const messages = await call('GET', path, { headers: asHost })
  assert.deepEqual(
    messages.json.data.map((one: { kind: string; text: string | null }) => [one.kind, one.text]),
    [
      ['unreadable', null],
      ['text', 'still readable'],
    ],
  )
})

test('a tenant without its key hides no other tenant', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  const atMs = ports.clock.now()
  const gone = await withLines(ports, [{ igsid: '9001', mid: 'm1', atMs }])
  await withLines(ports, [{ igsid: '9001', mid: 'm1', atMs }])
  // Another process, which has not opened the key yet.
  const vault = {
    ...ports.vault,
    tenant: async (tenantId: string) =>
      await ports.vault.tenant(tenantId === gone.tenantId ? 'nobody' : tenantId),
  }
  const list = await testApp({ ...ports, vault }).call('GET', '/v1/conversations', {
    headers: asHost,
  })
  assert.equal(list.status, 200)
  const previews = list.json.data.map((one: { preview: string | null }) => one.preview)
  assert.deepEqual(previews.toSorted(), ['hello', null])
  assert.equal((await call('GET', '/v1/conversations', { headers: asHost })).status, 200)
})

test('pages of conversations and of messages show each once, though they are of one moment', async () => {
  await using ports = await testPorts()
  const { call, asHost, key } = testApp(ports)
  const atMs = ports.clock.now()
  const people = Array.from({ length: 25 }, (_, n) => `${9000 + n}`)
  const { tenantId, connectionId, conversations } = await withLines(ports, [
    ...people.map((igsid) => ({ igsid, mid: `m-${igsid}`, atMs })),
    ...people.map((_, n) => ({ igsid: '9000', mid: `again-${n}`, atMs })),
  ])
  const pagesOf = async (path: string, headers: Record<string, string>): Promise<string[]> => {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const more: string = cursor === null ? '' : `&cursor=${cursor}`
      const page = await call('GET', `${path}limit=7${more}`, { headers })
      assert.equal(page.status, 200)
      seen.push(...page.json.data.map((one: { id: string }) => one.id))
      cursor = page.json.nextCursor
    } while (cursor !== null)
    return seen
  }
  const own = await key(['messages:read'], tenantId)
  for (const [path, headers] of [
    ['/v1/conversations?', asHost],
    ['/v1/conversations?', own],
    [`/v1/conversations?tenantId=${tenantId}&`, asHost],
    [`/v1/conversations?connectionId=${connectionId}&`, own],
  ] as const) {
    const seen = await pagesOf(path, headers)
    assert.equal(seen.length, 25, path)
    assert.equal(new Set(seen).size, 25, path)
  }
  const other = await withLines(ports, [{ igsid: '9001', mid: 'm1', atMs }])
  assert.deepEqual(await pagesOf(`/v1/conversations?tenantId=${other.tenantId}&`, own), [])
  assert.deepEqual(await pagesOf(`/v1/conversations?connectionId=${other.connectionId}&`, own), [])

  const thread = `/v1/conversations/${conversations[0]}/messages?`
  const forwards = await pagesOf(thread, own)
  assert.equal(new Set(forwards).size, 26)
  assert.equal(new Set(await pagesOf(`${thread}latest=1&`, own)).size, 26)
})

test('the address of a story somebody replied to is told for as long as a story lives', async () => {
  await using ports = await testPorts()
  const { call, asHost } = testApp(ports)
  const story = { id: '1', url: 'https://cdn.example/story.jpg' }
  const { conversations } = await withLines(ports, [
    {
      igsid: '9001',
      mid: 'm1',
      atMs: ports.clock.now(),
      kind: 'story_reply',
      content: { text: 'nice', replyTo: { story } },
    },
  ])
  const replyTo = async (): Promise<object> => {
    const path = `/v1/conversations/${conversations[0]}/messages`
    return (await call('GET', path, { headers: asHost })).json.data[0].replyTo
  }
  ports.clock.advance(24 * 3_600_000)
  assert.deepEqual(await replyTo(), { story })
  ports.clock.advance(1)
  assert.deepEqual(await replyTo(), { story: { id: '1', url: null } })
})
