import { AppError } from '@parley/contract/app-error.ts'
import type { SelfTest } from '@parley/contract/connection.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import type { Queryable } from '#ports/database.ts'
import { listGrants } from '#tokens/list-grants.ts'
import { promoteGrant } from '#tokens/promote-grant.ts'
import type { GrantRow } from '#tokens/schema.ts'
import { ERASED } from './close-connections.ts'
import type { AccountIdentity, ConnectionRow, SubscriptionFacts } from './schema.ts'
import { activate, lockById } from './store.ts'

/**
 * Makes a pending grant live, and its connection with it. Keeps the id and everything that hangs on it. Call it in a
 * transaction of its own: when another tenant was faster, all of it is undone.
 *
 * @returns `isFirst`: the account was never connected to this tenant before. `isChanged`: what is shown of it, or what
 *   was asked of it, is not what it was. `grants`: the connection's, until now and from now on.
 * @throws AppError `connect/account-taken`, `connect/candidate-expired`, `connect/being-erased`.
 */
export async function activateConnection(
  db: Queryable,
  input: {
    grant: GrantRow
    identity: AccountIdentity
    subscription: SubscriptionFacts | undefined
    selfTest: SelfTest
    at: Date
  },
): Promise<{
  isFirst: boolean
  isReconnect: boolean
  isChanged: boolean
  grants: { before: readonly GrantRow[]; after: readonly GrantRow[] }
}> {
  const { grant, at } = input
  const { tenant_id: tenantId, connection_id: id } = grant
  const before = await lockById(db, tenantId, id)
  if (before === undefined) throw new AppError('connections/not-found')
  // It comes back as a new connection, once nothing of the old one is left.
  if (before.status === 'revoked' && before.reason === ERASED) {
    throw new AppError('connect/being-erased')
  }
  const ofConnection = async (): Promise<readonly GrantRow[]> =>
    (await listGrants(db, [{ tenantId, connectionId: id }])).get(id) ?? []
  const grantsBefore = await ofConnection()
  if (!(await promoteGrant(db, grant))) throw new AppError('connect/candidate-expired')

  const grants = { before: grantsBefore, after: await ofConnection() }
  const live = grants.after.filter(({ status }) => status === 'active')
  const wasLive = before.status === 'active' || before.status === 'needs_reauth'
  const asked = [...new Set(live.flatMap((each) => each.asked_capabilities))]
  try {
    await activate(db, {
      tenantId,
      id,
      identity: input.identity,
      asked,
      subscription: input.subscription,
      selfTest: input.selfTest,
      connectedAt: (wasLive ? before.connected_at : null) ?? at,
      at,
    })
  } catch (cause) {
    if (isTaken(cause)) throw new AppError('connect/account-taken', { cause })
    throw cause
  }
  const isFirst = before.connected_at === null
  const isChanged = !isFirst && isOther(before, input.identity, asked)
  return { isFirst, isReconnect: !isFirst, isChanged, grants }
}

/** What Meta did not tell stays as it was. A picture’s address is signed anew each time, so it says nothing. */
function isOther(
  before: ConnectionRow,
  { username, name, type }: AccountIdentity,
  asked: readonly Capability[],
): boolean {
  return (
    (username ?? before.username) !== before.username ||
    (name ?? before.name) !== before.name ||
    (type ?? before.account_type) !== before.account_type ||
    asked.toSorted().join() !== before.asked_capabilities.toSorted().join()
  )
}

/** The one global key: an account is live in one tenant only. */
function isTaken(error: unknown): boolean {
  return (
    error instanceof Error &&
    'constraint' in error &&
    error.constraint === 'connections_live_account'
  )
}
