import assert from 'node:assert/strict'
import { splitBodyByEntries } from '@parley/instagram/split-body.ts'
import { resolveAccounts } from '#connections/resolve-accounts.ts'
import type { HostEventPorts } from '#host-events/schema.ts'
import type { Queryable } from '#ports/database.ts'
import type { Happening } from '#ports/signals.ts'
import { carryOutApart } from './carry-out-apart.ts'
import { carryOut } from './carry-out.ts'
import type { Outcome, Sender } from './carry-out.ts'
import { deliveryIdOf } from './list-deliveries.ts'
import { deliveryPlace, openDelivery, ownerOf, ownersOf, planDelivery } from './open-delivery.ts'
import type { OpenedDelivery, PlannedEvent } from './open-delivery.ts'
import type { Account } from './plan-event.ts'
import { recordWorked } from './store.ts'
import type { DeliveryState, StoredDelivery, WorkedDelivery, WorkedEvent } from './store.ts'

/** How long a delivery waits for the send that one of its echoes may belong to. */
const ECHO_WAIT_MS = 1000

export type Ingesting = {
  readonly ports: HostEventPorts
  readonly sender: Sender
}

/** `apart`: each event under a savepoint of its own, so that one that always fails leaves its neighbours alone. */
export type Manner = 'together' | 'apart'

/** Meta still talks to a connection. */
export type SignOfLife = {
  readonly tenantId: string
  readonly connectionId: string
  readonly isMessage: boolean
}

export type Ingested = {
  readonly happenings: readonly Happening[]
  readonly signs: readonly SignOfLife[]
  /** For counting, once it is committed. */
  readonly states: readonly DeliveryState[]
  readonly outcomes: readonly Outcome['outcome'][]
  /** Those that hold something nobody understood. One that waits is looked at again. */
  readonly notUnderstood: readonly StoredDelivery[]
}

export const NOTHING: Ingested = {
  happenings: [],
  signs: [],
  states: [],
  outcomes: [],
  notUnderstood: [],
}

type Done = PlannedEvent & Outcome

/**
 * Works stored deliveries in the caller's transaction, which holds their rows: reads them, finds whose they are,
 * carries out their events, seals each part for its owner and writes what became of everything.
 *
 * @returns what dashboards should look at again, and which connections Meta talks to.
 */
export async function ingestDeliveries(
  { ports, sender }: Ingesting,
  db: Queryable,
  rows: readonly StoredDelivery[],
  manner: Manner = 'together',
): Promise<Ingested> {
  const opened = await Promise.all(rows.map(async (row) => await openDelivery(ports, row)))
  const ids = new Set(opened.flatMap((one) => one.entries.map((entry) => entry.accountId)))
  const accounts = await resolveAccounts(db, [...ids])
  const planned = opened.map((one) => planDelivery(one, accounts))

  const plans = planned.flat().map((event) => event.plan)
  const outcomes =
    manner === 'together'
      ? await carryOut(ports, db, plans, sender)
      : await carryOutApart(ports, db, plans, sender)
  const outcomeOf = new Map(plans.map((plan, n) => [plan, outcomes[n]]))
  const done = planned.map((events) =>
    events.map((event): Done => {
      const outcome = outcomeOf.get(event.plan)
      assert(outcome !== undefined)
      return { ...event, ...outcome }
    }),
  )

  const deliveries: WorkedDelivery[] = []
  for (const [n, one] of opened.entries()) {
    deliveries.push(...(await sealParts(ports, one, done[n] ?? [], accounts)))
  }
  const events = opened.flatMap((one, n) => eventRows(one, done[n] ?? []))
  await Promise.all([recordWorked(db, deliveries, events), sender.answers?.written()])
  return {
    happenings: happeningsOf(deliveries, done.flat()),
    signs: done.flat().flatMap(signOfLife),
    states: deliveries.map(({ state }) => state),
    outcomes: opened.flatMap((one, n) =>
      one.unreadable === undefined
        ? (done[n] ?? []).map(({ outcome }) => outcome)
        : ['not_understood' as const],
    ),
    notUnderstood: opened
      .filter((one, n) => isNotUnderstood(one, done[n] ?? []))
      .map(({ row }) => row),
  }
}

function isNotUnderstood({ unreadable }: OpenedDelivery, events: readonly Done[]): boolean {
  if (unreadable !== undefined) return true
  const outcomes = new Set(events.map(({ outcome }) => outcome))
  return outcomes.has('not_understood') && !outcomes.has('wait')
}

/** Each owner's part of a body, sealed for that owner alone. A delivery that waits stays whole, as it is. */
async function sealParts(
  ports: Ingesting['ports'],
  opened: OpenedDelivery,
  events: readonly Done[],
  accounts: ReadonlyMap<string, Account>,
): Promise<WorkedDelivery[]> {
  const { row, body } = opened
  if (events.some((event) => event.outcome === 'wait') || opened.entries.length === 0) {
    const isWaiting = opened.entries.length > 0
    return [
      {
        id: row.id,
        part: row.part,
        isNew: false,
        tenant: row.tenant_id,
        state: isWaiting ? 'stored' : 'not_understood',
        sealed: row.sealed,
        waitMs: isWaiting ? ECHO_WAIT_MS : null,
      },
    ]
  }
  const owners = ownersOf(opened, accounts)
  const bodies =
    owners.length === 1
      ? new Map([[owners[0] ?? '', body as Uint8Array]])
      : splitBodyByEntries(body, (entryId) => ownerOf(accounts, entryId))
  const parts: WorkedDelivery[] = []
  for (const [n, owner] of owners.entries()) {
    const part = row.part + n
    const sealer = await ports.vault.ownerOf(owner === '' ? null : owner)
    parts.push({
      id: row.id,
      part,
      isNew: n > 0,
      tenant: owner === '' ? null : owner,
      state: stateOf(events.filter((event) => event.part === part)),
      sealed: sealer.seal(deliveryPlace(row.id, part), bodies.get(owner) ?? ''),
      waitMs: null,
    })
  }
  return parts
}

function stateOf(events: readonly Done[]): DeliveryState {
  const odd = events.filter(
    (event) =>
      event.outcome === 'not_understood' ||
      (event.plan.do === 'line' && event.plan.line.kind === 'unknown'),
  )
  if (odd.length === 0) return 'processed'
  return odd.length === events.length ? 'not_understood' : 'partly_understood'
}

function eventRows(opened: OpenedDelivery, events: readonly Done[]): WorkedEvent[] {
  const { row } = opened
  if (opened.unreadable !== undefined) {
    const detail = opened.unreadable
    const none = { conversation: null, mid: null, tenant: row.tenant_id, detail }
    return [
      {
        delivery: row.id,
        part: row.part,
        n: 0,
        kind: 'delivery',
        outcome: 'not_understood',
        ...none,
      },
    ]
  }
  return events
    .filter((event) => event.outcome !== 'wait')
    .map((event) => ({
      delivery: row.id,
      part: event.part,
      n: event.n,
      tenant: event.account?.tenantId ?? row.tenant_id,
      kind: event.kind,
      outcome: event.outcome,
      conversation: event.conversationId,
      mid: event.mid,
      detail: event.detail,
    }))
}

function signOfLife(event: Done): SignOfLife[] {
  if (event.account === undefined) return []
  const { tenantId, connectionId } = event.account
  return [{ tenantId, connectionId, isMessage: event.plan.do === 'line' }]
}

function happeningsOf(deliveries: readonly WorkedDelivery[], events: readonly Done[]): Happening[] {
  const changed = new Map<string, Happening>()
  for (const { account, conversationId } of events) {
    if (account === undefined || conversationId === null) continue
    const { tenantId, connectionId } = account
    changed.set(conversationId, {
      kind: 'conversation',
      id: conversationId,
      connectionId,
      tenantId,
    })
  }
  // One per owner is enough, its newest: the list is read again as a whole.
  const newest = new Map(deliveries.map((one) => [one.tenant, one]))
  const kept = [...newest].map(([tenantId, one]): Happening => ({
    kind: 'delivery',
    id: deliveryIdOf(one),
    connectionId: null,
    tenantId,
  }))
  return [...changed.values(), ...kept]
}
