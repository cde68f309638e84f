import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import type { Queryable } from '#ports/database.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import type { ConnectedAccount } from '#testing/connected-account.ts'
import { eventually } from '#testing/pipeline.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { carryOut } from './carry-out.ts'
import type { Outcome } from './carry-out.ts'
import type { Plan } from './plan-event.ts'

const nobody = async (): Promise<{ found: 'nobody'; conversationId: null }> => ({
  found: 'nobody',
  conversationId: null,
})

/** Plans of one account, as its events would be planned. */
function planner(ports: TestPorts, account: ConnectedAccount) {
  const nowMs = ports.clock.now()
  const about = (mid: string) => ({ ...account, mid, atMs: nowMs })
  return {
    line: (igsid: string, mid: string, text = 'hello'): Plan => ({
      do: 'line',
      line: {
        ...about(mid),
        igsid,
        author: 'person',
        kind: 'text',
        content: { text },
        answerable: true,
        opensWindow: true,
        pauses: false,
      },
    }),
    unsend: (igsid: string | undefined, mid: string): Plan => ({
      do: 'unsend',
      about: about(mid),
      igsid,
      isEcho: false,
      receivedAtMs: nowMs,
    }),
    edit: (igsid: string | undefined, mid: string, text: string): Plan => ({
      do: 'edit',
      about: about(mid),
      igsid,
      text,
      numEdit: 1,
      receivedAtMs: nowMs,
    }),
    seen: (igsid: string | undefined, mid: string): Plan => ({
      do: 'seen',
      about: about(mid),
      igsid,
    }),
  }
}

const carry = async (ports: TestPorts, db: Queryable, ...plans: Plan[]): Promise<Outcome[]> =>
  await carryOut(ports, db, plans, { settleByEcho: nobody })

const waitsForLock = (ports: TestPorts) => async () =>
  (
    await ports.db.many(sql`
      select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
  ).length > 0

/** Begins `first`, lets `second` run into its locks, and commits both. */
async function race(ports: TestPorts, first: Plan, second: Plan): Promise<Outcome | undefined> {
  const gate = Promise.withResolvers<void>()
  const stored = Promise.withResolvers<void>()
  const one = ports.db.transaction(async (db) => {
    await carry(ports, db, first)
    stored.resolve()
    await gate.promise
  })
  await stored.promise
  const two = ports.db.transaction(async (db) => await carry(ports, db, second))
  await eventually('the second to wait', waitsForLock(ports))
  gate.resolve()
  await one
  const [outcome] = await two
  return outcome
}

for (const where of ['a new conversation', 'a known conversation']) {
  test(`an unsend that races its line in ${where} is not lost`, async () => {
    await using ports = await testPorts()
    const account = await connectedAccount(ports)
    const plan = planner(ports, account)
    if (where === 'a known conversation') {
      await ports.db.transaction(async (db) => await carry(ports, db, plan.line('9001', 'm0')))
    }
    const outcome = await race(ports, plan.line('9001', 'm1'), plan.unsend('9001', 'm1'))
    assert.equal(outcome?.outcome, 'stored')
    const rows = await ports.db.many(
      sql`select kind, sealed is null as erased, deleted_at is not null as gone from messages where mid = 'm1'`,
    )
    assert.deepEqual(rows, [{ kind: 'text', erased: true, gone: true }])
    const waiting = await ports.db.many(sql`
      select 1 from waiting_lines w join messages m on m.id = w.message_id where m.mid = 'm1'`)
    assert.equal(waiting.length, 0)
  })

  test(`an edit that races its line in ${where} is not lost`, async () => {
    await using ports = await testPorts()
    const account = await connectedAccount(ports)
    const plan = planner(ports, account)
    if (where === 'a known conversation') {
      await ports.db.transaction(async (db) => await carry(ports, db, plan.line('9001', 'm0')))
    }
    const outcome = await race(ports, plan.line('9001', 'm1'), plan.edit('9001', 'm1', 'new'))
    assert.equal(outcome?.outcome, 'stored')
    const rows = await ports.db.many(
      sql`select kind, num_edit, edited_at is not null as edited from messages where mid = 'm1'`,
    )
    assert.deepEqual(rows, [{ kind: 'text', num_edit: 1, edited: true }])
  })
}

test('an unsend that names nobody waits for its line for a minute', async () => {
  await using ports = await testPorts()
  const account = await connectedAccount(ports)
  const plan = planner(ports, account)
  const unsend = plan.unsend(undefined, 'm1')
  const look = async (): Promise<Outcome[]> =>
    await ports.db.transaction(async (db) => await carry(ports, db, unsend))
  assert.deepEqual(
    (await look()).map((one) => one.outcome),
    ['wait'],
  )
  await ports.db.transaction(async (db) => await carry(ports, db, plan.line('9001', 'm1')))
  assert.deepEqual(
    (await look()).map((one) => one.outcome),
    ['stored'],
  )
  const other = plan.unsend(undefined, 'never seen')
  ports.clock.advance(60_000)
  const [outcome] = await ports.db.transaction(async (db) => await carry(ports, db, other))
  assert.equal(outcome?.outcome, 'ignored')
})

test('batches about the same conversations in any order never wait for each other in a ring', async () => {
  await using ports = await testPorts()
  const account = await connectedAccount(ports)
  const plan = planner(ports, account)
  const people = ['9001', '9002', '9003', '9004']
  await ports.db.transaction(
    async (db) => await carry(ports, db, ...people.map((igsid) => plan.line(igsid, `m-${igsid}`))),
  )
  for (let round = 0; round < 25; round += 1) {
    const batch = async (order: readonly string[], name: string): Promise<void> => {
      const [a = '', b = '', c = '', d = ''] = order
      await ports.db.transaction(async (db) => {
        await carry(
          ports,
          db,
          plan.line(a, `${name}-${round}`),
          plan.line(`new-${round}-${a}`, `${name}-${round}-new`),
          plan.edit(b, `m-${b}`, `${name}-${round}`),
          plan.unsend(c, `${name}-${round}-early`),
          plan.line(`new-${round}-${d}`, `${name}-${round}-newer`),
          plan.seen(undefined, `m-${d}`),
        )
      })
    }
    // A ring would end in "deadlock detected".
    await Promise.all([
      batch(people, 'one'),
      batch(people.toReversed(), 'two'),
      batch(['9003', '9001', '9004', '9002'], 'three'),
    ])
  }
  const lines = await ports.db.many(sql`select 1 from messages where kind = 'text'`)
  assert.equal(lines.length, 4 + 25 * 9)
})
