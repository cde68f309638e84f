import { AppError } from '@parley/contract/app-error.ts'
import type { Connection } from '@parley/contract/connection.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { loadConnection } from '#connections/load-connection.ts'
import { refuseTakenAccount } from '#connections/refuse-taken-account.ts'
import { maySee, visibleTenants } from '#http/caller.ts'
import type { Caller } from '#http/caller.ts'
import type { Ports } from '#ports/ports.ts'
import { openGrant } from '#tokens/open-grant.ts'
import type { GrantRow } from '#tokens/schema.ts'
import { activateGrant } from './activate-grant.ts'
import { hashSecret } from './hash-secret.ts'
import { readIdentity } from './read-identity.ts'
import type { ConnectHooks, Who } from './schema.ts'
import { confirmLater, listCandidates } from './store-candidates.ts'

type Touched = Pick<
  Ports,
  'db' | 'clock' | 'random' | 'vault' | 'graph' | 'config' | 'signals' | 'log'
>

/**
 * The second phase: the host, or the tenant's own signed-in page, says that the browser which finished was the right
 * person's. With the one-time code, or, for links that were sent on, without it by a key or an operator who has looked
 * at the account. The same code again gives the same answer.
 *
 * @throws AppError `connections/not-found`, `connect/candidate-expired`, `connect/confirmation-invalid`,
 *   `connect/account-taken`, `connect/subscription-failed`, `connect/meta-unavailable`.
 */
export async function confirmConnection(
  ports: Touched,
  hooks: ConnectHooks,
  input: { id: string; code: string | undefined; caller: Caller; who: Who },
): Promise<Connection> {
  const { caller, who } = input
  const connection = await loadConnection(ports, input.id, visibleTenants(caller))
  const { tenantId } = connection
  if (!maySee(caller, tenantId)) throw new AppError('connections/not-found')
  const candidates = await listCandidates(ports.db, tenantId, connection.id)
  const grant = findCandidate(ports, candidates, { ...input, reason: connection.reason })
  if (grant.status === 'active') return connection

  await refuseTakenAccount(ports.db, { tenantId, accountId: connection.account.id })
  await recordAudit(ports.db, new Date(ports.clock.now()), {
    ...who,
    action: 'connection.confirmed',
    tenantId,
    subjectId: connection.id,
    detail: { grant: grant.id, withCode: input.code !== undefined },
  })
  const isLater = grant.short_lived && (await confirmLater(ports.db, tenantId, grant.id)) === 1
  if (!isLater) await activateNow(ports, hooks, { grant, accountId: connection.account.id, who })
  return await loadConnection(ports, connection.id, [tenantId])
}

/** With the token as it is by now: the long-lived one may just have come. */
async function activateNow(
  ports: Touched,
  hooks: ConnectHooks,
  input: { grant: GrantRow; accountId: string; who: Who },
): Promise<void> {
  const { who } = input
  const { tenant_id: tenantId, connection_id: connectionId, id } = input.grant
  const candidates = await listCandidates(ports.db, tenantId, connectionId)
  const grant = candidates.find((each) => each.id === id)
  if (grant === undefined || grant.sealed_token === null) {
    throw new AppError('connect/candidate-expired')
  }
  const token = await openGrant(ports, grant, { purpose: 'confirm', who })
  const identity = await readIdentity(ports, grant, token)
  if (identity.accountId !== input.accountId) throw new AppError('connect/wrong-account')
  await activateUnlessDone(ports, hooks, { grant, token, identity, who })
}

/** Two confirmations at once: the later one finds the work done. */
async function activateUnlessDone(
  ports: Touched,
  hooks: ConnectHooks,
  input: Parameters<typeof activateGrant>[2],
): Promise<void> {
  const { tenant_id: tenantId, connection_id: connectionId, id } = input.grant
  try {
    await activateGrant(ports, hooks, input)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'connect/candidate-expired') throw error
    const now = await listCandidates(ports.db, tenantId, connectionId)
    if (now.find((grant) => grant.id === id)?.status !== 'active') throw error
  }
}

function findCandidate(
  ports: Touched,
  candidates: readonly GrantRow[],
  input: { code: string | undefined; caller: Caller; reason: string | null },
): GrantRow {
  const { code, caller } = input
  const isGone =
    input.reason === 'candidate_expired' ||
    (candidates.length > 0 && candidates.every(({ status }) => status === 'disconnected'))
  const nowMs = ports.clock.now()
  const isOver = (grant: GrantRow): boolean =>
    grant.status === 'disconnected' || (grant.candidate_until?.getTime() ?? Infinity) <= nowMs
  if (code === undefined) {
    // A user JWT alone proves nothing about who opened the link.
    const mayVouch = caller.kind !== 'jwt'
    const open = candidates.filter((grant) => grant.status === 'pending' && !isOver(grant))
    const forHost = open.find(({ confirmation }) => confirmation === 'host')
    if (forHost !== undefined && mayVouch) return forHost
    const done = candidates.find(({ status }) => status === 'active')
    if (open.length === 0 && done !== undefined && mayVouch) return done
    const isLate = isGone || (open.length === 0 && candidates.some(isOver))
    throw new AppError(isLate ? 'connect/candidate-expired' : 'connect/confirmation-invalid')
  }
  const hashes = hashSecret(ports.config.secrets, 'confirm', code)
  const grant = candidates.find(({ confirm_hash }) => hashes.includes(confirm_hash ?? ''))
  if (grant === undefined) {
    throw new AppError(isGone ? 'connect/candidate-expired' : 'connect/confirmation-invalid')
  }
  if (grant.status === 'active') return grant
  if (isOver(grant)) throw new AppError('connect/candidate-expired')
  if (grant.status !== 'pending' || (grant.confirm_until?.getTime() ?? 0) <= nowMs) {
    throw new AppError('connect/confirmation-invalid')
  }
  return grant
}
