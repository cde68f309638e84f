import assert from 'node:assert/strict'
import { recordAudit } from '#audit/record-audit.ts'
import { disconnectNext } from '#connections/disconnect-next.ts'
import type { Ports } from '#ports/ports.ts'
import { areDeliveriesWaiting } from '#webhooks/are-deliveries-waiting.ts'
import { STORES } from './stores.ts'
import type { StoreName } from './stores.ts'
import type { Store } from './schema.ts'
import {
  claimErasure,
  finishErasure,
  lockNextStep,
  passBarrier,
  recordProgress,
  setLease,
} from './store-work.ts'
import type { ClaimedErasure } from './store-work.ts'

/** Between one look for erasures and the next. */
export const ERASURES_PAUSE_MS = 1000

/** A worker that says nothing for so long is dead, and another goes on where it was. */
const LEASE_SECONDS = 60
/** Between the clocks of two machines. */
const SKEW_MS = 5000
/** What is still under way elsewhere is over in moments. */
const WAIT_SECONDS = 0.5
/** After a failure of the step in hand. */
const FAILED_SECONDS = 30
/** A process that is to stop waits for the round in hand. */
const ROUND_MS = 2000

type Touched = Pick<Ports, 'db' | 'random' | 'vault' | 'clock' | 'signals' | 'graph' | 'log'>

/**
 * Works the erasures that were asked for, store by store, a batch per transaction: whatever is killed when, the next
 * worker finds how far it came. A look costs nothing while there is none.
 */
export async function carryOutErasures(ports: Touched): Promise<void> {
  const untilMs = ports.clock.monotonicMs() + ROUND_MS
  for (;;) {
    const erasure = await claimErasure(ports.db, LEASE_SECONDS)
    if (erasure === undefined) return
    let pauseSeconds: number | undefined = FAILED_SECONDS
    try {
      pauseSeconds = await carryOut(ports, erasure, untilMs)
    } finally {
      if (pauseSeconds !== undefined) await setLease(ports.db, erasure.id, pauseSeconds)
    }
    if (pauseSeconds !== undefined) return
  }
}

/** Undefined when it is done; else when to go on with it. */
async function carryOut(
  ports: Touched,
  erasure: ClaimedErasure,
  untilMs: number,
): Promise<number | undefined> {
  const { tenant_id: tenantId } = erasure
  const isTimeUp = (): boolean => ports.clock.monotonicMs() >= untilMs
  if (erasure.kind === 'tenant') {
    assert(tenantId !== null)
    // Meta is told while there are tokens to tell it with.
    while (await disconnectNext(ports, tenantId)) {
      if (isTimeUp()) return 0
    }
  }
  if (!(await passBarrier(ports.db, erasure.id))) return WAIT_SECONDS
  // A body that nobody has read yet names nobody, and its lines would come back after the receipt.
  const received = new Date(erasure.requested_at.getTime() + SKEW_MS)
  if (await areDeliveriesWaiting(ports.db, received)) return WAIT_SECONDS
  while (await takeStep(ports, erasure)) {
    if (isTimeUp()) return 0
    await setLease(ports.db, erasure.id, LEASE_SECONDS)
  }
  await ports.db.transaction(async (db) => {
    const at = new Date(ports.clock.now())
    if (!(await finishErasure(db, erasure.id, at))) return
    await recordAudit(db, at, {
      actor: 'system',
      action: 'erasure.finished',
      tenantId,
      subjectId: erasure.id,
    })
  })
  // Whoever destroyed the key may have been killed before it said so.
  if (erasure.kind === 'tenant' && tenantId !== null) dropKey(ports, tenantId)
  return undefined
}

/** One batch of the first step that is not done. False when there is none. */
async function takeStep(ports: Touched, erasure: ClaimedErasure): Promise<boolean> {
  const touched = await ports.db.transaction(async (db) => {
    const step = await lockNextStep(db, erasure.id)
    if (step === undefined) return undefined
    assert(step.store in STORES, `a store this program knows: ${step.store}`)
    // Just checked; written by this program.
    const store: Store = STORES[step.store as StoreName]
    const scope = {
      tenantId: step.tenant_id,
      connectionId: step.connection_id,
      conversationId: step.conversation_id,
      requestedAt: erasure.requested_at,
    }
    const { deleted, next } = await store.forget(ports, db, scope, step.position)
    const doneAt = next === null ? new Date(ports.clock.now()) : null
    await recordProgress(db, erasure.id, { n: step.n, deleted, position: next, doneAt })
    return step
  })
  if (touched === undefined) return false
  if (touched.store === 'keys') dropKey(ports, touched.tenant_id)
  return true
}

/** Every process forgets the key it may hold. */
function dropKey(ports: Touched, tenantId: string): void {
  ports.vault.dropTenantKey(tenantId)
  ports.signals.tell([{ kind: 'tenant', id: tenantId, connectionId: null, tenantId }])
}
