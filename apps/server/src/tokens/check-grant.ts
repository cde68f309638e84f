import { AppError } from '@parley/contract/app-error.ts'
import { classifyGraphError, isAppRemoved } from '@parley/instagram/classify-graph-error.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { InstagramAccount } from '@parley/instagram/read-account.ts'
import type { TokenInspection } from '@parley/instagram/inspect-token.ts'
import { causes } from '#alerts/causes.ts'
import { resolveAlerts } from '#alerts/resolve-alerts.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { EXPIRING_MS } from './derive-grant.ts'
import { endExpiring } from './end-expiring.ts'
import { liveBlocks } from './live-blocks.ts'
import { loseGrant } from './lose-grant.ts'
import { mendApp } from './mend-app.ts'
import { openLeased } from './open-leased.ts'
import { planRefresh } from './plan-refresh.ts'
import { refreshGrant } from './refresh-grant.ts'
import type { CapabilityBlocks, LeasedGrant, UsableGrant } from './schema.ts'
import { settleFailure } from './settle-failure.ts'
import type { Settled } from './settle-failure.ts'
import { noteEvidence, writeChecked, writeFailed } from './store-due.ts'
import { listGrants, lockConnection, unblockCapabilities } from './store.ts'
import { tellCapabilities } from './tell-capabilities.ts'
import { tellConnection } from './tell-connection.ts'
import { toldBlocks } from './told-grants.ts'
import { CALLS_OF_REFRESH, countCalls } from './within-budget.ts'

const CALL_MS_MAX = 10_000
const DAY_MS = 24 * 60 * 60 * 1000
/** A status counts as unproven after 36 hours; a tenth of a day earlier or later keeps checks apart. */
const JITTER_OF_DAY = 0.1
/** A look that was not finished, or found webhooks that cannot be subscribed, is repeated. */
const UNFINISHED_MS = 60 * 60 * 1000

type Touched = Pick<
  Ports,
  'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'metrics' | 'log'
>

/** A grant Meta accepts, and what Meta said of the account, where it did. */
export type LivingGrant = {
  readonly usable: UsableGrant
  readonly account: InstagramAccount | undefined
  /** Once everything else was looked at too. */
  readonly nextCheckAt: Date
}

type Facts = Parameters<typeof writeChecked>[2]

/**
 * The daily look at a leased grant: does Meta still accept it, what does it allow, when does it end. `debug_token` for
 * Facebook, `/me` for Instagram, whose tokens cannot be inspected.
 */
export async function checkGrant(
  ports: Touched,
  held: LeasedGrant,
): Promise<LivingGrant | Settled | 'lost'> {
  const since = new Date(ports.clock.now())
  let usable: UsableGrant
  try {
    usable = await openLeased(ports, held, 'check')
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return await settleSealed(ports, held)
  }
  try {
    const { facts, account, nextCheckAt } = await look(ports, held, usable)
    return (await keep(ports, held, facts, since)) ? { usable, account, nextCheckAt } : 'lost'
  } catch (error) {
    if (!(error instanceof GraphError) && !(error instanceof HttpFailure)) throw error
    // The user token behind a dead page token may give another: the page's role came back, the session is a new one.
    const hasUserToken = held.login === 'facebook' && held.sealed_user_token !== null
    if (hasUserToken && mayRenew(error)) {
      const outcome = await renewInstead(ports, held)
      // Meta said of the old token that it is dead; that no other could be had takes nothing back.
      if (outcome !== 'failed' && outcome !== 'invalid') return outcome
    }
    return await settleFailure(ports, held, usable, error)
  }
}

/**
 * A value that does not open cannot be used. It may be this process that lacks a key, so the second look an hour later
 * decides: then a person must sign in again.
 */
async function settleSealed(ports: Touched, held: LeasedGrant): Promise<Settled> {
  if (held.failure?.class === 'sealed') {
    const { tenant_id: tenantId, connection_id: connectionId, id: grantId, sealed_token } = held
    const grant = { tenantId, connectionId, grantId, sealed: sealed_token ?? '' }
    const reason = 'token_unreadable'
    await loseGrant(ports, grant, { actor: 'system', status: 'needs_reauth', reason })
    return 'invalid'
  }
  const nowMs = ports.clock.now()
  await writeFailed(ports.db, held, {
    failure: { class: 'sealed', code: null, subcode: null },
    retryAt: new Date(nowMs + UNFINISHED_MS),
    at: new Date(nowMs),
  })
  return 'failed'
}

/** Who removed the app removed the user token with it. */
const mayRenew = (error: GraphError | HttpFailure): boolean =>
  error instanceof GraphError &&
  classifyGraphError(error) === 'needs_reauth' &&
  !isAppRemoved(error)

/** A renewed grant is looked at in the next round, as it still is due. */
async function renewInstead(ports: Touched, held: LeasedGrant): Promise<Settled | 'lost'> {
  await countCalls(ports, { appId: held.app_id, count: CALLS_OF_REFRESH })
  const outcome = await refreshGrant(ports, held)
  return outcome === 'refreshed' ? 'lost' : outcome
}

async function look(
  ports: Touched,
  held: LeasedGrant,
  usable: UsableGrant,
): Promise<{ facts: Facts; account: InstagramAccount | undefined; nextCheckAt: Date }> {
  const nowMs = ports.clock.now()
  const jitterMs = DAY_MS * JITTER_OF_DAY * ports.random.fraction()
  const nextCheckAt = new Date(nowMs + DAY_MS - jitterMs)
  const facts: Facts = {
    at: new Date(nowMs),
    // Until the subscription was seen as well.
    nextCheckAt: new Date(nowMs + UNFINISHED_MS),
    scopes: held.scopes,
    expiry: held.expiry,
    expiresAt: held.expires_at,
    dataAccessExpiresAt: held.data_access_expires_at,
  }
  if (held.login === 'instagram') {
    const options = { timeoutMs: CALL_MS_MAX }
    const account = await ports.graph.readInstagramAccount(usable.token, options)
    // A token that speaks for somebody else is no token of this connection.
    if (account.accountId !== usable.accountId) throw deadToken()
    return { facts, account, nextCheckAt }
  }
  const inspected = await ports.graph.inspectFacebookToken(usable.token, { timeoutMs: CALL_MS_MAX })
  if (!inspected.isValid) throw deadToken(inspected.error)
  if (inspected.profileId !== undefined && inspected.profileId !== held.page_id) throw deadToken()
  return { facts: { ...facts, ...factsOf(inspected, held) }, account: undefined, nextCheckAt }
}

/** What Meta says of a page token; what it leaves out stays as it was. */
function factsOf(
  { scopes, expiresAtMs, dataAccessExpiresAtMs }: TokenInspection,
  held: LeasedGrant,
): Partial<Facts> {
  const dataAccess =
    dataAccessExpiresAtMs === undefined
      ? held.data_access_expires_at
      : new Date(dataAccessExpiresAtMs)
  const kept = {
    scopes: scopes.length === 0 ? held.scopes : scopes,
    dataAccessExpiresAt: dataAccess,
  }
  if (expiresAtMs === undefined) return kept
  return expiresAtMs === 'never'
    ? { ...kept, expiry: 'never', expiresAt: null }
    : { ...kept, expiry: 'known', expiresAt: new Date(expiresAtMs) }
}

/** `debug_token` answers 200 for a dead token; the same refusal as any other call with it would get. */
function deadToken(error?: { code?: number; subcode?: number }): GraphError {
  return new GraphError({
    shape: 'graph',
    httpStatus: 400,
    code: error?.code ?? 190,
    subcode: error?.subcode ?? 467,
  })
}

async function keep(
  ports: Touched,
  held: LeasedGrant,
  facts: Facts,
  since: Date,
): Promise<boolean> {
  const { tenant_id: tenantId, connection_id: connectionId } = held
  const isSame =
    facts.expiry === held.expiry &&
    facts.scopes.length === held.scopes.length &&
    facts.scopes.every((scope) => held.scopes.includes(scope))
  const isQuiet = isSame && lapsedOf(held.blocks, facts.at.getTime()).length === 0
  const isEndNew =
    facts.expiry !== held.expiry || facts.expiresAt?.getTime() !== held.expires_at?.getTime()
  const plan = isEndNew ? planOf(held, facts) : {}
  const isWritten = await ports.db.transaction(async (db) => {
    // As everywhere: the connection before its grants, or two of its logins wait for each other.
    await lockConnection(db, tenantId, connectionId)
    if ((await writeChecked(db, held, { ...facts, ...plan })) === 0) return false
    await noteEvidence(db, { tenantId, connectionId }, facts.at)
    if (isEndNew) await endExpiring(ports, db, { tenantId, connectionId, ...facts })
    await endDataAccess(ports, db, held, facts)
    if (!isQuiet) await tellChange(ports, db, held)
    return true
  })
  if (!isWritten) return false
  await mendApp(ports, { appId: held.app_id, since })
  if (!isQuiet || isEndNew) tellConnection(ports, tenantId, connectionId)
  return true
}

/** A page token is renewed before its new end, where there is a user token to renew it from. */
function planOf(held: LeasedGrant, { expiry, expiresAt }: Facts): Pick<Facts, 'nextRefreshAt'> {
  if (held.sealed_user_token === null) return {}
  const next = planRefresh({
    connectionId: held.connection_id,
    issuedAtMs: (held.refreshed_at ?? held.issued_at).getTime(),
    expiry,
    expiresAtMs: expiresAt?.getTime(),
  })
  return { nextRefreshAt: next === undefined ? null : new Date(next) }
}

/** The person may have given the permission to read data anew; its warning is over. */
async function endDataAccess(
  ports: Touched,
  db: Queryable,
  held: LeasedGrant,
  { dataAccessExpiresAt: endsAt }: Facts,
): Promise<void> {
  const { tenant_id: tenantId, connection_id: connectionId } = held
  if (endsAt === null || endsAt.getTime() === held.data_access_expires_at?.getTime()) return
  if (endsAt.getTime() - ports.clock.now() <= EXPIRING_MS) return
  await resolveAlerts(ports, db, { tenantId, causes: [causes.dataAccess(connectionId)] })
}

/** Other permissions may change what the connection may do; what Meta refused a day ago may work again. */
async function tellChange(ports: Touched, db: Queryable, held: LeasedGrant): Promise<void> {
  const { tenant_id: tenantId, connection_id: connectionId, id: grantId } = held
  const nowMs = ports.clock.now()
  const after = await listGrants(db, [{ tenantId, connectionId }])
  const blocks = after.find(({ id }) => id === grantId)?.blocks ?? {}
  const names = lapsedOf(blocks, nowMs)
  if (names.length > 0) await unblockCapabilities(db, { tenantId, grantId, names })
  const told = { scopes: held.scopes, blocks: toldBlocks(blocks, nowMs) }
  const before = after.map((row) => (row.id === grantId ? { ...row, ...told } : row))
  await tellCapabilities(ports, db, { tenantId, connectionId }, { before, after })
}

function lapsedOf(blocks: CapabilityBlocks, nowMs: number): string[] {
  const live = liveBlocks(blocks, nowMs)
  return Object.keys(blocks).filter((name) => !Object.hasOwn(live, name))
}
