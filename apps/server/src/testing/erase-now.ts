import { sql } from '#ports/database.ts'
import { carryOutErasures } from '#privacy/carry-out-erasures.ts'
import type { TestPorts } from './test-ports.ts'

/**
 * Carries out what waits to be erased. Tests share one cluster, so the transactions of others, which an erasure would
 * wait for, are taken as over.
 */
export async function eraseNow(ports: TestPorts): Promise<void> {
  await ports.db.run(sql`update data_deletions set barrier = '3'::xid8 where finished_at is null`)
  await carryOutErasures(ports)
}
