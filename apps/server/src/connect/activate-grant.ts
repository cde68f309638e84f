import { AppError } from '@parley/contract/app-error.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import { capabilityStates } from '@parley/instagram/scopes.ts'
import { webhookFieldsFor } from '@parley/instagram/webhook-fields.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { recordHostEvent } from '#host-events/record-host-event.ts'
import { activateConnection } from '#connections/activate-connection.ts'
import type { AccountIdentity, SubscriptionFacts } from '#connections/schema.ts'
import type { Ports } from '#ports/ports.ts'
import { chooseGrant } from '#tokens/choose-grant.ts'
import { deriveGrant } from '#tokens/derive-grant.ts'
import { listGrants } from '#tokens/list-grants.ts'
import type { GrantRow } from '#tokens/schema.ts'
import { tellConnection } from '#tokens/tell-connection.ts'
import { activationEvents } from './activation-events.ts'
import { buildSelfTest } from './build-self-test.ts'
import type { ConnectHooks, Who } from './schema.ts'
import { subscribeAccount } from './subscribe-account.ts'

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
  const isNeeded = fieldsOf(grant).length > 0
  await ports.db.transaction(async (db) => {
    const { isFirst, isReconnect, isChanged } = await activateConnection(db, {
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
    if (isFirst) await hooks.onFirstConnect(db, { tenantId, connectionId })
    await recordAudit(db, at, {
      ...who,
      action: isReconnect ? 'connection.reconnected' : 'connection.connected',
      tenantId,
      subjectId: connectionId,
      detail: {
        grant: grant.id,
        login: grant.login,
        account: identity.accountId,
        subscribed: subscription?.isSubscribed ?? null,
      },
    })
    await recordHostEvent(
      ports,
      db,
      activationEvents({ grant, identity, isFirst, isChanged, before, nowMs, who }),
    )
  })
  tellConnection(ports, tenantId, connectionId)
  if (hasFailed) throw new AppError('connect/subscription-failed')
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
  const fields = fieldsOf(grant)
  if (fields.length === 0) return { isSubscribed: false, fields: [], checkedAt: new Date(nowMs) }
  const id = grant.login === 'facebook' ? (grant.page_id ?? '') : identity.accountId
  return await subscribeAccount(ports, {
    node: { login: grant.login, id, token },
    appId: grant.app_id,
    fields,
  })
}

/** Webhooks of what was asked and given; nothing for a gallery. */
function fieldsOf(grant: GrantRow): string[] {
  const states = capabilityStates(grant.login, grant.asked_capabilities, grant.scopes)
  const given = grant.asked_capabilities.filter((name) => states[name].state === 'on')
  return webhookFieldsFor(grant.login, given)
}

function isLacking(grant: GrantRow, subscription: SubscriptionFacts): boolean {
  return fieldsOf(grant).length > 0 && !subscription.isSubscribed
}
