import { readDelivery } from '@parley/instagram/webhook.ts'
import type { DeliveryEntry } from '@parley/instagram/webhook.ts'
import type { Place } from '#ports/cipher.ts'
import type { Ports } from '#ports/ports.ts'
import { planEvent } from './plan-event.ts'
import type { Account, Plan } from './plan-event.ts'
import type { StoredDelivery } from './store.ts'

/** A stored delivery, opened and read. */
export type OpenedDelivery = {
  readonly row: StoredDelivery
  readonly body: Buffer
  /** Empty when the body cannot be read. */
  readonly entries: readonly DeliveryEntry[]
  /** Why it cannot be read. */
  readonly unreadable: string | undefined
}

/** One event with its place: the `n`th of the part that goes to its owner. */
export type PlannedEvent = {
  readonly part: number
  readonly n: number
  readonly kind: string
  readonly mid: string | null
  readonly account: Account | undefined
  readonly plan: Plan
}

export const deliveryPlace = (id: string, part: number): Place => ({
  table: 'deliveries',
  row: `${id}/${part}`,
  column: 'sealed',
})

/** @throws UnsealError. */
export async function openDelivery(
  ports: Pick<Ports, 'vault'>,
  row: StoredDelivery,
): Promise<OpenedDelivery> {
  const sealer = await ports.vault.ownerOf(row.tenant_id)
  const body = sealer.open(deliveryPlace(row.id, row.part), row.sealed)
  const reading = readDelivery(body)
  return reading.ok
    ? { row, body, entries: reading.entries, unreadable: undefined }
    : { row, body, entries: [], unreadable: reading.reason }
}

/**
 * Tenants of the entries, '' for nobody's, in order of first appearance: the first keeps the row, others get parts.
 * A row that has its owner stays that owner's, whoever holds the accounts by now.
 */
export function ownersOf(
  opened: OpenedDelivery,
  accounts: ReadonlyMap<string, Account>,
): readonly string[] {
  if (opened.row.tenant_id !== null) return [opened.row.tenant_id]
  const [only] = opened.entries
  if (only !== undefined && opened.entries.length === 1) return [ownerOf(accounts, only.accountId)]
  return [...new Set(opened.entries.map((entry) => ownerOf(accounts, entry.accountId)))]
}

export const ownerOf = (accounts: ReadonlyMap<string, Account>, entryId: string): string =>
  accounts.get(entryId)?.tenantId ?? ''

export function planDelivery(
  opened: OpenedDelivery,
  accounts: ReadonlyMap<string, Account>,
): PlannedEvent[] {
  const receivedAtMs = opened.row.received_at.getTime()
  const owner = opened.row.tenant_id
  const owners = ownersOf(opened, accounts)
  const counts = new Map<number, number>()
  return opened.entries.flatMap((entry) => {
    const found = accounts.get(entry.accountId)
    const account = owner === null || found?.tenantId === owner ? found : undefined
    const part = opened.row.part + owners.indexOf(owner ?? account?.tenantId ?? '')
    return entry.events.map((event): PlannedEvent => {
      const n = counts.get(part) ?? 0
      counts.set(part, n + 1)
      const mid = 'mid' in event ? (event.mid ?? null) : null
      const plan = planEvent(event, account, receivedAtMs)
      return { part, n, kind: event.kind, mid, account, plan }
    })
  })
}
