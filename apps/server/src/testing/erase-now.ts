import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from '#ports/database.ts'
import { carryOutErasures } from '#privacy/carry-out-erasures.ts'
import type { TestPorts } from './test-ports.ts'

/**
 * Carries out what waits to be erased. Tests share one cluster, so the transactions of others, which an erasure would
 * wait for, are taken as over.
 */
export async function eraseNow(ports: TestPorts): Promise<void> {
  const open = sql`select 1 from data_deletions where finished_at is null`
  await ports.db.run(sql`update data_deletions set barrier = '3'::xid8 where finished_at is null`)
  while ((await ports.db.many(open)).length > 0) {
    await carryOutErasures(ports)
    await sleep(5)
  }
}
