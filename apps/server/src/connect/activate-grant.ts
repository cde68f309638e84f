import { AppError } from '@parley/contract/app-error.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import { causes } from '#alerts/causes.ts'
import { resolveAlerts } from '#alerts/resolve-alerts.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { recordHostEvent } from '#host-events/record-host-event.ts'
import { activateConnection } from '#connections/activate-connection.ts'
import type { AccountIdentity, SubscriptionFacts } from '#connections/schema.ts'
import { subscribeAccount } from '#connections/subscribe-account.ts'
import { webhookFieldsOf } from '#connections/webhook-fields-of.ts'
import type { Ports } from '#ports/ports.ts'
import { chooseGrant } from '#tokens/choose-grant.ts'
import { deriveGrant, EXPIRING_MS } from '#tokens/derive-grant.ts'
import { listGrants } from '#tokens/list-grants.ts'
import { mendApp } from '#tokens/mend-app.ts'
import type { GrantRow } from '#tokens/schema.ts'
import { tellCapabilities } from '#tokens/tell-capabilities.ts'
import { tellConnection } from '#tokens/tell-connection.ts'
import { toldGrants } from '#tokens/told-grants.ts'
import { activationEvents } from './activation-events.ts'
import { buildSelfTest } from './build-self-test.ts'
import type { ConnectHooks, Who } from './schema.ts'

type Touched = Pick<Ports, 'db' | 'clock' | 'random' | 'graph' | 'vault' | 'signals' | 'log'>

/**
 * Turns a pending grant into the live one: subscribed and read back first, then everything at once in one transaction.
 * A new connection that Meta does not confirm is kept and says so; a reconnect that fails changes nothing.
 *
 * @throws AppError `connect/subscription-failed`, `connect/account-taken`, `connect/candidate-expired`.
 */
export async function activateGrant(
  ports: Touched,
  hooks: ConnectHooks,
  input: { grant: GrantRow; token: Secret; identity: AccountIdentity; who: Who },
): Promise<void> {
  const { grant, identity, who } = input
  const { tenant_id: tenantId, connection_id: connectionId } = grant
  const before = (await listGrants(ports.db, [{ tenantId, connectionId }])).get(connectionId) ?? []
  const subscription = await subscribeIfInUse(ports, input, before)
  const hasFailed = subscription !== undefined && isLacking(grant, subscription)
  const nowMs = ports.clock.now()
  const isLive = before.some((other) => deriveGrant(other, nowMs).isUsable)
  if (hasFailed && isLive) throw new AppError('connect/subscription-failed')

  const at = new Date(nowMs)
  const isNeeded = webhookFieldsOf(grant).length > 0
  await ports.db.transaction(async (db) => {
    const { isFirst, isReconnect, isChanged, grants } = await activateConnection(db, {
      grant,
      identity,
      subscription,
      selfTest: buildSelfTest({
        identity,
        grant,
        subscription: isNeeded ? subscription : undefined,
        at,
      }),
      at,
    })
    const settled = settledCauses({ grant, subscription, before, nowMs })
    await resolveAlerts(ports, db, { tenantId, causes: settled })
    const waited = causes.unconfirmed(grant.id)
    await resolveAlerts(ports, db, { tenantId, causes: [waited], isSilent: true })
    if (isFirst) await hooks.onFirstConnect(db, { tenantId, connectionId })
    await recordAudit(db, at, {
      ...who,
      action: isReconnect ? 'connection.reconnected' : 'connection.connected',
      tenantId,
      subjectId: connectionId,
      detail: {
        grant: grant.id,
        login: grant.login,
        subscribed: subscription?.isSubscribed ?? null,
      },
    })
    await recordHostEvent(ports, db, activationEvents({ grant, identity, isFirst, isChanged, who }))
    await tellCapabilities(
      ports,
      db,
      { tenantId, connectionId, requestId: who.requestId },
      { before: toldGrants(grants.before, nowMs), after: toldGrants(grants.after, nowMs) },
    )
  })
  // Meta gave it a token a moment ago: the app is well.
  await mendApp(ports, { appId: grant.app_id, since: at })
  tellConnection(ports, tenantId, connectionId)
  if (hasFailed) throw new AppError('connect/subscription-failed')
}

/**
 * What a fresh login ends. Silence ends with the next event; what another login of the connection suffers from, stays.
 */
function settledCauses(input: {
  grant: GrantRow
  subscription: SubscriptionFacts | undefined
  before: readonly GrantRow[]
  nowMs: number
}): string[] {
  const { grant, subscription, before, nowMs } = input
  const { connection_id: connectionId } = grant
  const stay = before.filter(({ login, status }) => login !== grant.login && status === 'active')
  const isDataEnding = [grant, ...stay].some(
    ({ data_access_expires_at: at }) => at !== null && at.getTime() - nowMs <= EXPIRING_MS,
  )
  const isInUse = subscription !== undefined
  return [
    causes.lost(connectionId),
    causes.expiring(connectionId),
    ...(isDataEnding ? [] : [causes.dataAccess(connectionId)]),
    ...(isInUse && !isLacking(grant, subscription) ? [causes.notSubscribed(connectionId)] : []),
  ]
}

/** Only the grant in use is subscribed: two subscriptions would bring every message twice. */
async function subscribeIfInUse(
  ports: Touched,
  input: { grant: GrantRow; token: Secret; identity: AccountIdentity },
  before: readonly GrantRow[],
): Promise<SubscriptionFacts | undefined> {
  const { grant, token, identity } = input
  const nowMs = ports.clock.now()
  const others = before.filter(({ login, id }) => login !== grant.login && id !== grant.id)
  const chosen = chooseGrant([...others, { ...grant, status: 'active' }], nowMs)
  if (chosen?.id !== grant.id) return undefined
  const fields = webhookFieldsOf(grant)
  if (fields.length === 0) return { isSubscribed: false, fields: [], checkedAt: new Date(nowMs) }
  const id = grant.login === 'facebook' ? (grant.page_id ?? '') : identity.accountId
  return await subscribeAccount(ports, {
    node: { login: grant.login, id, token },
    appId: grant.app_id,
    fields,
  })
}

function isLacking(grant: GrantRow, subscription: SubscriptionFacts): boolean {
  return webhookFieldsOf(grant).length > 0 && !subscription.isSubscribed
}
