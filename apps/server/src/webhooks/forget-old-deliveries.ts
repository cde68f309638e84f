import type { Ports } from '#ports/ports.ts'
import { deleteOldBodies } from './store-forget.ts'

const BATCH_MAX = 1000

/** Deletes what Meta delivered to a tenant before a moment, in bounded batches. @returns how many. */
export async function forgetOldDeliveries(
  ports: Pick<Ports, 'db'>,
  tenantId: string,
  before: Date,
): Promise<number> {
  let deleted = 0
  for (;;) {
    const batch = await deleteOldBodies(ports.db, tenantId, before, BATCH_MAX)
    deleted += batch
    if (batch < BATCH_MAX) return deleted
  }
}
