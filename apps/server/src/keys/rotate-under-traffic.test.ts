import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { keyStatus } from './key-status.ts'
import type { RotationOutcome, RotationProgress } from './rotate-keys.ts'
import { sealContent } from '#conversations/message-content.ts'
import { sql } from '#ports/database.ts'
import { connectedAccount } from '#testing/connected-account.ts'
import type { ConnectedAccount } from '#testing/connected-account.ts'
import { delivery, eventually, line, testPipeline } from '#testing/pipeline.ts'
import { askingAutomation } from '#testing/sealed-world.ts'
import { testApp } from '#testing/test-app.ts'
import type { TestPorts } from '#testing/test-ports.ts'

const program = fileURLToPath(new URL('../testing/rotate-child.ts', import.meta.url))
const PAST_LINES = 12_000
const KILLS = 3

type Said = { progress?: RotationProgress; outcome?: RotationOutcome }

/** Runs the rotation in a process of its own until it ends, or until `killWhen` says so: then it is killed by -9. */
async function rotate(
  ports: TestPorts,
  owner: string,
  killWhen: (progress: RotationProgress) => boolean,
): Promise<{ killed: boolean; outcome: RotationOutcome | undefined; seen: RotationProgress[] }> {
  const args = [program, ports.db.url, owner, '1000', '2000']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const seen: RotationProgress[] = []
  let killed = false
  let outcome: RotationOutcome | undefined
  for await (const text of createInterface(child.stdout)) {
    // Written by the program above.
    const said = JSON.parse(text) as Said
    outcome = said.outcome ?? outcome
    if (said.progress === undefined || killed) continue
    seen.push(said.progress)
    if (killWhen(said.progress)) killed = child.kill('SIGKILL')
  }
  await closed
  return { killed, outcome, seen }
}

/** A long past, so that there is something to be killed in. */
async function fillPast(ports: TestPorts, { tenantId, connectionId }: ConnectedAccount) {
  const [conversation] = await ports.db.many<{ id: string }>(
    sql`select id from conversations limit 1`,
  )
  const sealer = await ports.vault.tenant(tenantId)
  const ids = Array.from({ length: PAST_LINES }, () => ports.random.uuid(0))
  const sealed = ids.map((id) => sealContent(sealer, id, { text: `past ${id}` }))
  await ports.db.run(sql`
    insert into messages (tenant_id, id, connection_id, conversation_id, direction, author, kind, status, at, sealed)
    select ${tenantId}, r.id, ${connectionId}, ${conversation?.id}, 'inbound', 'person', 'text', 'received', '2026-01-01', r.sealed
    from unnest(${ids}::uuid[], ${sealed}::bytea[]) as r (id, sealed)`)
}

test('a rotation under traffic, killed -9 again and again and resumed: every row is readable throughout, every line is answered, the old key goes', async () => {
  await using world = await testPipeline('running')
  const { ports, deliver, graph } = world
  const { call, asHost } = testApp(ports)
  const account = await connectedAccount(ports, askingAutomation)
  const owner = `tenant:${account.tenantId}`
  await deliver(delivery(account, line(account, '9000', 'm-0', 'first', ports.clock.now())))
  await eventually('the first answer', () => graph.sent.length > 0)
  await fillPast(ports, account)

  const over = new AbortController()
  // This process serves and works; it learns of keys as every process does, only faster.
  const learning = (async () => {
    while (!over.signal.aborted) {
      await ports.vault.learnKeys()
      await sleep(100)
    }
  })()
  let written = 0
  const traffic = (async () => {
    for (; !over.signal.aborted; written += 1) {
      const igsid = String(9100 + (written % 7))
      const said = line(account, igsid, `t-${written}`, `line ${written}`, ports.clock.now())
      await deliver(delivery(account, said))
      await sleep(10)
    }
  })()
  let reads = 0
  const unreadable: string[] = []
  const reading = (async () => {
    while (!over.signal.aborted) {
      const list = await call('GET', '/v1/conversations?limit=100', { headers: asHost })
      for (const { id } of list.json.data) {
        const page = await call('GET', `/v1/conversations/${id}/messages?limit=100`, {
          headers: asHost,
        })
        for (const message of page.json.data) {
          reads += 1
          if (message.text === null) unreadable.push(message.id)
        }
      }
    }
  })()

  for (let n = 0; n < KILLS; n += 1) {
    // Each run comes a little further than the one before.
    const run = await rotate(
      ports,
      owner,
      ({ phase, column, resealed }) =>
        phase === 'reseal' && column === 'messages.sealed' && resealed >= 500 * (n + 1),
    )
    assert.ok(run.killed, `killed ${n}`)
    assert.equal(run.outcome, undefined)
    const [status] = (await keyStatus(ports, [owner])).owners
    const [first, second] = status?.versions ?? []
    assert.ok(first && second && first.rows > 0 && second.rows > 0, 'half way')
  }
  const { outcome, seen } = await rotate(ports, owner, () => false)
  over.abort()
  await Promise.all([learning, traffic, reading])
  assert.equal(outcome?.state, 'rotated', JSON.stringify(outcome))
  assert.deepEqual([outcome.version, outcome.dropped], [2, 1])
  assert.ok(outcome.resealed > PAST_LINES, `${outcome.resealed} re-sealed in all`)
  const begun = seen.find(({ phase }) => phase === 'reseal')
  assert.equal(begun?.column, 'messages.sealed', 'it went on where it was cut off')

  assert.ok(written > 100 && reads > 1000, `${written} written, ${reads} read`)
  assert.deepEqual(unreadable, [])
  await eventually('every line is answered', async () => {
    const waiting = await ports.db.many(sql`
      select 1 from waiting_lines union all select 1 from deliveries where state = 'stored'
      union all select 1 from outbound_parts`)
    return waiting.length === 0
  })
  const failures = await ports.db.many(
    sql`select * from audit_log where action = 'value.unseal_failed'`,
  )
  assert.deepEqual(failures, [])
  const [status] = (await keyStatus(ports, [owner])).owners
  assert.deepEqual(
    [status?.versions.map(({ version }) => version), status?.unreadable, status?.rotation],
    [[2], 0, null],
  )
})
