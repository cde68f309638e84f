import type { ActingNode } from '@parley/instagram/graph-context.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import { causes } from '#alerts/causes.ts'
import { openAlert } from '#alerts/open-alert.ts'
import { resolveAlerts } from '#alerts/resolve-alerts.ts'
import type { Trouble } from '#alerts/schema.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Queryable } from '#ports/database.ts'
import type { Ports } from '#ports/ports.ts'
import { chooseGrant } from '#tokens/choose-grant.ts'
import { listGrants } from '#tokens/list-grants.ts'
import type { GrantRow, UsableGrant } from '#tokens/schema.ts'
import { tellConnection } from '#tokens/tell-connection.ts'
import { readSubscription } from './read-subscription.ts'
import type { SubscriptionFacts } from './schema.ts'
import { findById, lockById, setSubscription } from './store.ts'
import { subscribeAccount } from './subscribe-account.ts'
import { webhookFieldsOf } from './webhook-fields-of.ts'

type Touched = Pick<Ports, 'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'log'>

/**
 * Reads back what Meta will deliver for a connection and subscribes again where something is missing. Only for the grant
 * in use: a second subscription would bring every message twice. The grant that takes over is subscribed here too.
 *
 * @returns false when it has to be looked at again soon.
 */
export async function watchSubscription(ports: Touched, usable: UsableGrant): Promise<boolean> {
  const { tenantId, connectionId, grantId, login, nodeId, token, appId } = usable
  const chosen = await inUse(ports, ports.db, usable)
  if (chosen === undefined) return true
  const fields = webhookFieldsOf(chosen)
  if (fields.length === 0) return true
  const wanted = { node: { login, id: nodeId, token }, appId, fields }
  const seen = await read(ports, wanted)
  // Meta did not say: nothing is known, and nothing is changed.
  if (seen === undefined) return false
  const facts = seen.isSubscribed ? seen : await subscribeAccount(ports, wanted)
  const isStill = await ports.db.transaction(async (db) => {
    const locked = await lockById(db, tenantId, connectionId)
    if (locked?.status !== 'active' || !(await inUse(ports, db, usable))) return false
    await setSubscription(db, { tenantId, id: connectionId, subscription: facts })
    const cause = causes.notSubscribed(connectionId)
    if (facts.isSubscribed) await resolveAlerts(ports, db, { tenantId, causes: [cause] })
    else await openAlert(ports, db, await troubleOf(db, usable, cause))
    if (seen.isSubscribed) return true
    await recordAudit(db, facts.checkedAt, {
      actor: 'system',
      action: facts.isSubscribed ? 'connection.resubscribed' : 'connection.not_subscribed',
      tenantId,
      subjectId: connectionId,
      detail: { grant: grantId },
    })
    return true
  })
  if (!isStill && !seen.isSubscribed) await takeBack(ports, wanted.node)
  if (!seen.isSubscribed) tellConnection(ports, tenantId, connectionId)
  return facts.isSubscribed
}

/** The grant when it is the one its connection uses. */
async function inUse(
  ports: Touched,
  db: Queryable,
  { tenantId, connectionId, grantId }: UsableGrant,
): Promise<GrantRow | undefined> {
  const grants = (await listGrants(db, [{ tenantId, connectionId }])).get(connectionId) ?? []
  const chosen = chooseGrant(grants, ports.clock.now())
  return chosen?.id === grantId ? chosen : undefined
}

/** The connection ended while it was subscribed again. */
async function takeBack(ports: Touched, node: ActingNode): Promise<void> {
  try {
    await ports.graph.unsubscribe(node)
  } catch (error) {
    if (!(error instanceof GraphError) && !(error instanceof HttpFailure)) throw error
    ports.log.warn({ login: node.login, error: error.message }, 'unsubscribing failed')
  }
}

async function troubleOf(db: Queryable, usable: UsableGrant, cause: string): Promise<Trouble> {
  const { tenantId, connectionId, accountId } = usable
  const row = await findById(db, connectionId, [tenantId])
  return {
    tenantId,
    kind: 'not_subscribed',
    severity: 'critical',
    connectionId,
    cause,
    detail: { account: row?.username ? `@${row.username}` : accountId },
  }
}

async function read(
  ports: Touched,
  wanted: Parameters<typeof readSubscription>[1],
): Promise<SubscriptionFacts | undefined> {
  try {
    return await readSubscription(ports, wanted)
  } catch (error) {
    if (!(error instanceof GraphError) && !(error instanceof HttpFailure)) throw error
    ports.log.warn(
      { login: wanted.node.login, error: error.message },
      'a subscription was not read',
    )
    return undefined
  }
}
