import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import { eventually } from '#testing/pipeline.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { applyMode, changeMode } from './change-mode.ts'
import type { ModeChange } from './change-mode.ts'
import { endPauses } from './end-pauses.ts'
import { holdForTyping } from './hold-for-typing.ts'
import { lockOwnConversation } from './lock-own-conversation.ts'
import { receiveLines } from './receive-lines.ts'

/** Conversations of this many people, each with a line that waits for its answer. */
async function conversations(ports: TestPorts, count: number): Promise<string[]> {
  const account = await connectedAccount(ports)
  const lines = Array.from({ length: count }, (_, n) => ({
    ...account,
    igsid: `${9000 + n}`,
    mid: `m${n}`,
    author: 'person' as const,
    kind: 'text',
    atMs: ports.clock.now(),
    content: { text: 'hello' },
    answerable: true,
    opensWindow: true,
    pauses: false,
  }))
  const received = await ports.db.transaction(async (db) => await receiveLines(ports, db, lines))
  return received.map((one) => one.conversationId)
}

const stateOf = async (ports: TestPorts, id: string) =>
  await ports.db.one<{
    mode: string
    mode_reason: string | null
    paused_until: Date | null
    waiting: number
  }>(sql`
    select mode, mode_reason, paused_until,
      (select count(*)::integer from waiting_lines w where w.conversation_id = c.id) as waiting
    from conversations c where id = ${id}`)

const system = { actor: 'system' }

/** Makes a change whose transaction commits only after `other` has run into its lock. */
async function raceWith(
  ports: TestPorts,
  id: string,
  change: ModeChange,
  other: () => Promise<unknown>,
): Promise<void> {
  const gate = Promise.withResolvers<void>()
  const made = Promise.withResolvers<void>()
  const first = ports.db.transaction(async (db) => {
    await applyMode(db, await lockOwnConversation(db, id, null), change)
    made.resolve()
    await gate.promise
  })
  await made.promise
  const second = other()
  await eventually(
    'the other to wait',
    async () =>
      (
        await ports.db.many(sql`
          select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
      ).length > 0,
  )
  gate.resolve()
  await Promise.all([first, second])
}

for (const change of [
  { to: 'human', reason: 'operator' },
  { to: 'human', reason: 'handover' },
  { to: 'closed' },
] as const) {
  test(`typing never overwrites ${change.to === 'human' ? change.reason : change.to}`, async () => {
    await using ports = await testPorts()
    const [id = ''] = await conversations(ports, 1)
    await raceWith(ports, id, change, async () => await holdForTyping(ports, { id }))
    await holdForTyping(ports, { id })
    const { mode, mode_reason: reason, paused_until: until } = await stateOf(ports, id)
    const expected = 'reason' in change ? change.reason : null
    assert.deepEqual({ mode, reason, until }, { mode: change.to, reason: expected, until: null })
  })
}

test('typing holds the automation back a while, and further typing longer', async () => {
  await using ports = await testPorts()
  const [id = ''] = await conversations(ports, 1)
  await holdForTyping(ports, { id })
  ports.clock.advance(60_000)
  await holdForTyping(ports, { id })
  ports.clock.advance(89_999)
  await endPauses(ports)
  assert.equal((await stateOf(ports, id)).mode, 'human')
  ports.clock.advance(1)
  await endPauses(ports)
  // What waited while somebody typed is answered.
  const { mode, waiting } = await stateOf(ports, id)
  assert.deepEqual({ mode, waiting }, { mode: 'automated', waiting: 1 })
})

test('a pause that ends while somebody takes over stays theirs', async () => {
  await using ports = await testPorts()
  const [id = ''] = await conversations(ports, 1)
  const pausedUntil = new Date(ports.clock.now() + 1000)
  await changeMode(ports, id, { to: 'human', reason: 'instagram_app', pausedUntil }, system)
  ports.clock.advance(1000)
  await raceWith(ports, id, { to: 'human', reason: 'operator' }, async () => await endPauses(ports))
  const { mode, mode_reason: reason } = await stateOf(ports, id)
  assert.deepEqual({ mode, reason }, { mode: 'human', reason: 'operator' })
})

test('every pause that is over ends, however many there are', async () => {
  await using ports = await testPorts()
  await conversations(ports, 450)
  const until = new Date(ports.clock.now())
  await ports.db.run(
    sql`update conversations set mode = 'human', mode_reason = 'instagram_app', paused_until = ${until}`,
  )
  await endPauses(ports)
  const left = await ports.db.many(sql`select 1 from conversations where mode <> 'automated'`)
  assert.equal(left.length, 0)
})

test('resuming what was never stopped drops nothing and leaves no audit line', async () => {
  await using ports = await testPorts()
  const [id = ''] = await conversations(ports, 1)
  const resume = { to: 'automated', answerWaiting: false } as const
  assert.equal(await changeMode(ports, id, resume, system), false)
  assert.equal((await stateOf(ports, id)).waiting, 1)
  const audited = async () =>
    await ports.db.many(sql`select 1 from audit_log where action = 'conversation.resumed'`)
  assert.equal((await audited()).length, 0)

  // A parked one was stopped.
  await ports.db.run(sql`update lanes set parked = 'a reason', parked_at = now()`)
  assert.equal(await changeMode(ports, id, resume, system), true)
  assert.equal((await stateOf(ports, id)).waiting, 0)
  assert.equal((await audited()).length, 1)
})
