import { AppError } from '@parley/contract/app-error.ts'
import type { Connection } from '@parley/contract/connection.ts'
import { GraphError } from '@parley/instagram/graph-error.ts'
import { LoginNotConfigured } from '@parley/instagram/graph-context.ts'
import { HttpFailure } from '@parley/instagram/http-port.ts'
import type { Secret } from '@parley/instagram/secret.ts'
import { causes, causesOf, countedCausesOf } from '#alerts/causes.ts'
import { resolveAlerts } from '#alerts/resolve-alerts.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { recordHostEvent } from '#host-events/record-host-event.ts'
import type { Ports } from '#ports/ports.ts'
import { deriveGrant } from '#tokens/derive-grant.ts'
import { destroyGrants } from '#tokens/destroy-grants.ts'
import { listGrants } from '#tokens/list-grants.ts'
import { openGrant } from '#tokens/open-grant.ts'
import type { GrantRow } from '#tokens/schema.ts'
import { tellConnection } from '#tokens/tell-connection.ts'
import { loadConnection } from './load-connection.ts'
import type { ConnectionRow } from './schema.ts'
import { findById, findHolder, lockById, markDisconnected } from './store.ts'

type Touched = Pick<Ports, 'db' | 'vault' | 'clock' | 'random' | 'signals' | 'graph' | 'log'>
type Who = { actor: string; requestId: string | null; address: string | null }

/** A person waits for the answer; what Meta did not take in this time is left to its own forgetting. */
const UNSUBSCRIBE_MS = 5_000

/**
 * Ends a connection: tokens destroyed, webhooks unsubscribed, history kept. Done at once whatever Meta says; doing it
 * again changes nothing.
 *
 * @throws AppError `connections/not-found`.
 */
export async function disconnectConnection(
  ports: Touched,
  input: { id: string; tenants: readonly string[] | null; who: Who },
): Promise<Connection> {
  const row = await findById(ports.db, input.id, input.tenants)
  if (row === undefined) throw new AppError('connections/not-found')
  const connection = { tenantId: row.tenant_id, connectionId: row.id }
  const nowMs = ports.clock.now()
  const grants = (await listGrants(ports.db, [connection])).get(row.id) ?? []
  const held = await openLiveGrants(ports, row, grants, input.who)

  const ended = await ports.db.transaction(async (db) => {
    const locked = await lockById(db, row.tenant_id, row.id)
    const hasTokens = grants.some((grant) => grant.sealed_token !== null)
    if (locked?.status === 'disconnected' && !hasTokens) return false
    const at = new Date(nowMs)
    await destroyGrants(db, { ...connection, reason: 'disconnected' })
    await markDisconnected(db, { tenantId: row.tenant_id, id: row.id, reason: null, at })
    await resolveAlerts(ports, db, {
      tenantId: row.tenant_id,
      causes: [
        ...causesOf(row.id),
        ...countedCausesOf(row.id),
        ...grants.map(({ id }) => causes.unconfirmed(id)),
      ],
      isSilent: true,
    })
    await recordAudit(db, at, {
      ...input.who,
      action: 'connection.disconnected',
      tenantId: row.tenant_id,
      subjectId: row.id,
    })
    await recordHostEvent(ports, db, {
      ...connection,
      type: 'connection.disconnected',
      data: { status: 'disconnected', reason: null },
      requestId: input.who.requestId,
    })
    return true
  })
  if (ended) {
    tellConnection(ports, row.tenant_id, row.id)
    for (const grant of held) await unsubscribe(ports, row, grant, input.who)
  }
  return await loadConnection(ports, row.id, [row.tenant_id])
}

type HeldGrant = { readonly grant: GrantRow; readonly token: Secret }

/** Tokens that can still unsubscribe, taken out before they are destroyed. */
async function openLiveGrants(
  ports: Touched,
  row: ConnectionRow,
  grants: readonly GrantRow[],
  who: Who,
): Promise<HeldGrant[]> {
  if (!row.webhook_subscribed) return []
  const held: HeldGrant[] = []
  for (const grant of grants) {
    if (!deriveGrant(grant, ports.clock.now()).isUsable) continue
    try {
      held.push({ grant, token: await openGrant(ports, grant, { purpose: 'unsubscribe', who }) })
    } catch (error) {
      // A value that does not open cannot be used; it is destroyed all the same.
      if (!(error instanceof AppError)) throw error
    }
  }
  return held
}

async function unsubscribe(
  ports: Touched,
  row: ConnectionRow,
  held: HeldGrant,
  who: Who,
): Promise<void> {
  const { grant, token } = held
  // Connected elsewhere in the meantime, the account's webhooks are somebody's.
  if ((await findHolder(ports.db, row.account_id)) !== undefined) return
  const id = grant.login === 'facebook' ? (grant.page_id ?? '') : row.account_id
  let outcome = 'done'
  try {
    await ports.graph.unsubscribe({ login: grant.login, id, token }, { timeoutMs: UNSUBSCRIBE_MS })
  } catch (error) {
    const isExpected =
      error instanceof GraphError ||
      error instanceof HttpFailure ||
      error instanceof LoginNotConfigured
    if (!isExpected) throw error
    outcome = 'failed'
    ports.log.warn({ connectionId: row.id, error: error.message }, 'unsubscribing failed')
  }
  await recordAudit(ports.db, new Date(ports.clock.now()), {
    ...who,
    action: 'connection.unsubscribed',
    tenantId: row.tenant_id,
    subjectId: row.id,
    detail: { outcome },
  })
}
