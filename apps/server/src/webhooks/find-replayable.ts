import { AppError } from '@parley/contract/app-error.ts'
import type { Delivery } from '@parley/contract/delivery.ts'
import { findMetaIds } from '#connections/find-meta-ids.ts'
import { loadConnection } from '#connections/load-connection.ts'
import { isUuid } from '#http/read-body.ts'
import { UnsealError } from '#ports/cipher.ts'
import type { Ports } from '#ports/ports.ts'
import { FIRST_ID, firstIdAt } from '#tenants/forget-scope.ts'
import { deliveryPlace } from './open-delivery.ts'
import type { DeliveryRow } from './store-list.ts'
import { selectReplayable } from './store-replay.ts'

export type ReplayFilter = {
  readonly since: Date | undefined
  readonly until: Date | undefined
  readonly state: Delivery['state'] | undefined
  readonly tenantId: string | undefined
  readonly connectionId: string | undefined
}

const ROWS_AT_ONCE = 200
/** With their bodies. */
const BODIES_AT_ONCE = 50
/** Ids were made a moment before the row was stored, by the clock of any process. */
const CLOCKS_APART_MS = 60_000

/**
 * Deliveries that were worked, oldest first. Of a connection are those whose body names its account or its page: those
 * that were nobody's when they came, and those that were not understood, are found too.
 *
 * @throws AppError `connections/not-found`.
 */
export async function* findReplayable(
  ports: Pick<Ports, 'db' | 'clock' | 'vault'>,
  filter: ReplayFilter,
): AsyncGenerator<readonly DeliveryRow[]> {
  const { connectionId, state = null } = filter
  const named = connectionId === undefined ? undefined : await namesOf(ports, connectionId, filter)
  const range = {
    tenantId: named?.tenantId ?? filter.tenantId ?? null,
    withUnowned: named !== undefined,
    state,
    since: filter.since ?? new Date(0),
    until: filter.until ?? new Date(ports.clock.now() + CLOCKS_APART_MS),
  }
  const limit = named === undefined ? ROWS_AT_ONCE : BODIES_AT_ONCE
  const firstAt = range.since.getTime() - CLOCKS_APART_MS
  let after = { id: firstAt > 0 ? firstIdAt(new Date(firstAt)) : FIRST_ID, part: -1 }
  for (;;) {
    const page = { after, withBodies: named !== undefined, limit }
    const rows = await selectReplayable(ports.db, range, page)
    const found: DeliveryRow[] = []
    for (const row of rows) {
      if (named === undefined || (await isNamed(ports, row, named.pattern))) found.push(row)
    }
    if (found.length > 0) yield found
    const last = rows.at(-1)
    if (last === undefined || rows.length < limit) return
    after = { id: last.id, part: last.part }
  }
}

async function namesOf(
  ports: Pick<Ports, 'db' | 'clock'>,
  connectionId: string,
  { tenantId }: ReplayFilter,
): Promise<{ tenantId: string; pattern: RegExp }> {
  if (!isUuid(connectionId)) throw new AppError('connections/not-found')
  const tenants = tenantId === undefined ? null : [tenantId]
  const connection = await loadConnection(ports, connectionId, tenants)
  const ids = await findMetaIds(ports.db, connection.tenantId, connectionId)
  // Ids are digits, quoted or bare; one never stands inside a longer one.
  return {
    tenantId: connection.tenantId,
    pattern: new RegExp(`(?<!\\d)(?:${ids.join('|')})(?!\\d)`),
  }
}

/** What nobody can read names nobody. */
async function isNamed(
  ports: Pick<Ports, 'vault'>,
  row: DeliveryRow,
  pattern: RegExp,
): Promise<boolean> {
  if (row.sealed === null) return false
  try {
    const sealer = await ports.vault.ownerOf(row.tenant_id)
    return pattern.test(sealer.open(deliveryPlace(row.id, row.part), row.sealed).toString('utf8'))
  } catch (error) {
    if (error instanceof UnsealError) return false
    throw error
  }
}
