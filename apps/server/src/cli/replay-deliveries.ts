import { AppError } from '@parley/contract/app-error.ts'
import type { Delivery } from '@parley/contract/delivery.ts'
import type { Config } from '#config.ts'
import type { Ports } from '#ports/ports.ts'
import { awaitWorked } from '#webhooks/await-worked.ts'
import type { StateCounts } from '#webhooks/await-worked.ts'
import { findReplayable } from '#webhooks/find-replayable.ts'
import { deliveryIdOf } from '#webhooks/list-deliveries.ts'
import { findOwnDelivery } from '#webhooks/load-delivery.ts'
import { replayDelivery } from '#webhooks/replay-delivery.ts'
import { refusalOf } from './explain-failure.ts'
import type { Io } from './io.ts'
import { refuseUnknownTenant } from './refuse-unknown-tenant.ts'
import { sayProgress } from './say-progress.ts'
import { withPorts } from './with-ports.ts'

export type ReplayFlags = {
  readonly since?: Date
  readonly until?: Date
  readonly state?: Delivery['state']
  readonly connection?: string
  readonly tenant?: string
  readonly dryRun: boolean
  readonly wait: boolean
  readonly json: boolean
}

type Found = Pick<
  Awaited<ReturnType<typeof findOwnDelivery>>,
  'id' | 'part' | 'state' | 'received_at'
>

/** Whoever runs the program on this machine may do anything with its database. */
const OPERATOR = { actor: 'system', address: null, requestId: null }

/**
 * Works deliveries again and says what became of them.
 *
 * @returns false when one could not be replayed, or is still waiting.
 */
export async function replayDeliveries(
  config: Config,
  ids: readonly string[],
  flags: ReplayFlags,
  io: Pick<Io, 'print' | 'progress'>,
): Promise<boolean> {
  return await withPorts(config, async (ports) => {
    await refuseUnknownTenant(ports.db, flags.tenant)
    const { found, refused } = await find(ports, ids, flags, io)
    if (flags.dryRun) {
      sayDryRun(found, flags, io)
      return refused === 0
    }
    const { tell, end } = sayProgress(io, flags.json)
    const total = found.length
    for (const [n, row] of found.entries()) {
      tell('Putting back', { done: n, total, what: '' })
      await replayDelivery(ports, deliveryIdOf(row), null, OPERATOR)
    }
    const counts = flags.wait
      ? await awaitWorked(ports, found, (done) => tell('Working', { done, total, what: '' }))
      : undefined
    end()
    saySummary({ replayed: total, refused, counts }, flags, io)
    return refused === 0 && (counts?.stored ?? 0) === 0
  })
}

/** All of them first, so that nothing that is worked meanwhile is found twice. */
async function find(
  ports: Ports,
  ids: readonly string[],
  flags: ReplayFlags,
  io: Pick<Io, 'print'>,
): Promise<{ found: Found[]; refused: number }> {
  const found: Found[] = []
  let refused = 0
  if (ids.length === 0) {
    const { since, until, state } = flags
    const filter = { since, until, state, tenantId: flags.tenant, connectionId: flags.connection }
    for await (const rows of findReplayable(ports, filter)) {
      for (const { id, part, state, received_at } of rows)
        found.push({ id, part, state, received_at })
    }
  }
  for (const id of new Set(ids)) {
    try {
      found.push(await findOwnDelivery(ports, id, null))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      refused += 1
      sayRefused(id, error, flags, io)
    }
  }
  return { found, refused }
}

function sayRefused(
  id: string,
  error: AppError,
  { json }: ReplayFlags,
  { print }: Pick<Io, 'print'>,
) {
  const refusal = refusalOf(error)
  if (json) print(JSON.stringify({ refused: { id, ...refusal } }))
  else print(`${id}  ${refusal?.code}: ${refusal?.title}\n→ ${refusal?.hint}`)
}

function sayDryRun(found: readonly Found[], { json }: ReplayFlags, { print }: Pick<Io, 'print'>) {
  for (const row of found) {
    const [id, receivedAt] = [deliveryIdOf(row), row.received_at.toISOString()]
    const { state } = row
    print(
      json
        ? JSON.stringify({ delivery: { id, receivedAt, state } })
        : `${id}  ${receivedAt}  ${state}`,
    )
  }
  if (json) print(JSON.stringify({ summary: { found: found.length } }))
  else print(`${found.length} deliveries would be worked again. Nothing was changed.`)
}

function saySummary(
  summary: { replayed: number; refused: number; counts: StateCounts | undefined },
  { json }: ReplayFlags,
  { print }: Pick<Io, 'print'>,
) {
  const { replayed, refused, counts } = summary
  if (json) {
    print(JSON.stringify({ summary: { replayed, refused, ...counts } }))
    return
  }
  const parts = [`${replayed} deliveries were put back to work`]
  if (counts !== undefined) {
    parts.push(
      `${counts.processed} processed, ${counts.partly_understood} partly understood, ${counts.not_understood} not understood, ${counts.stored} still waiting`,
    )
  }
  if (refused > 0) parts.push(`${refused} refused`)
  print(`${parts.join('; ')}.`)
  if ((counts?.stored ?? 0) > 0) {
    print(
      '→ Those that wait are worked as soon as a worker runs: `parley start` or `parley worker`.',
    )
  }
}
