import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#ports/database.ts'
import { KeyServiceError } from '#ports/remote-key.ts'
import type { Log } from '#ports/log.ts'
import { eventually } from '#testing/pipeline.ts'
import { testPorts } from '#testing/test-ports.ts'
import type { TestPorts } from '#testing/test-ports.ts'
import { createKeepDelivery } from './keep-delivery.ts'

const BODY = Buffer.from('{"object":"instagram","entry":[]}')

const counted = async (ports: TestPorts, result: string): Promise<number> => {
  const text = await ports.metrics.read()
  const line = `parley_deliveries_received_total{result="${result}"} `
  return Number(
    text
      .split('\n')
      .find((one) => one.startsWith(line))
      ?.slice(line.length),
  )
}

/** Refused, kept, stored. */
const figures = async (ports: TestPorts): Promise<number[]> => [
  await counted(ports, 'unavailable'),
  await counted(ports, 'kept'),
  (await ports.db.many(sql`select 1 from deliveries`)).length,
]

test('a delivery that cannot be sealed is refused, counted and measured like one that cannot be stored', async () => {
  await using ports = await testPorts()
  const said: string[] = []
  const log: Log = { ...ports.log, error: (_fields, message) => void said.push(message) }
  let isAway = true
  const vault: typeof ports.vault = {
    ...ports.vault,
    inbox() {
      if (isAway) throw new KeyServiceError('away', 'The key service has been away too long.')
      return ports.vault.inbox()
    },
  }
  const keep = createKeepDelivery({ ...ports, vault, log })
  await assert.rejects(keep(BODY, 'instagram'), { code: 'http/unavailable' })
  assert.deepEqual(await figures(ports), [1, 0, 0])
  const [measured, ...more] = ports.measures.take()
  assert.deepEqual(
    [measured?.kind, measured?.total, measured?.failed, more],
    ['webhooks', 1, 1, []],
  )
  assert.deepEqual(said, ['a delivery could not be stored; Meta will repeat it'])

  isAway = false
  await keep(BODY, 'instagram')
  assert.deepEqual(await figures(ports), [1, 1, 1])
})

test('a delivery that is committed too late for Meta is counted as refused, once', async (t) => {
  await using ports = await testPorts()
  const gate = Promise.withResolvers<void>()
  const db: typeof ports.db = {
    ...ports.db,
    async run(query) {
      await gate.promise
      return await ports.db.run(query)
    },
  }
  const keep = createKeepDelivery({ ...ports, db })
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const refused = assert.rejects(keep(BODY, 'instagram'), { code: 'http/unavailable' })
  t.mock.timers.tick(4_000)
  await refused
  t.mock.timers.reset()
  assert.deepEqual(await figures(ports), [1, 0, 0])
  gate.resolve()
  await eventually('it is stored', async () => (await figures(ports))[2] === 1)
  assert.deepEqual(await figures(ports), [1, 0, 1])
})
