import type { Erasure } from '@parley/contract/erasure.ts'
import type { Ports } from '#ports/ports.ts'
import type { ErasureRow, StepRow } from './schema.ts'
import { findSteps } from './store.ts'
import { STORES } from './stores.ts'
import type { StoreName } from './stores.ts'

/** An erasure as the contract tells it: stores of several connections are added up. */
export async function describeErasure(
  ports: Pick<Ports, 'db' | 'config'>,
  row: ErasureRow,
): Promise<Erasure> {
  const steps = await findSteps(ports.db, row.id)
  const byStore = Map.groupBy(steps, (step) => step.store)
  const isBegun = steps.some((step) => step.done_at !== null || step.position !== null)
  return {
    id: row.id,
    kind: row.kind === 'test' ? 'account' : row.kind,
    status: row.finished_at !== null ? 'done' : isBegun ? 'running' : 'waiting',
    tenantId: row.tenant_id,
    requestedAt: row.requested_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    // Written by this program, in the order of its list.
    stores: (Object.keys(STORES) as StoreName[]).flatMap((store) => {
      const own = byStore.get(store)
      return own === undefined ? [] : [addUp(store, own)]
    }),
    url: statusUrl(ports, row.code),
  }
}

/** The page of a confirmation code. */
export function statusUrl(ports: Pick<Ports, 'config'>, code: string): string {
  return `${ports.config.url}/data-deletion/${code}`
}

function addUp(store: StoreName, steps: readonly StepRow[]): Erasure['stores'][number] {
  const lastMs = steps.reduce(
    (last, step) => Math.max(last, step.done_at?.getTime() ?? Infinity),
    0,
  )
  return {
    store,
    title: STORES[store].title,
    deleted: steps.reduce((sum, step) => sum + step.deleted, 0),
    doneAt: lastMs === Infinity ? null : new Date(lastMs).toISOString(),
  }
}
