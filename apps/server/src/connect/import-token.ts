import { AppError } from '@parley/contract/app-error.ts'
import type { ImportRequest, ImportStatus } from '@parley/contract/import.ts'
import type { Tenant } from '@parley/contract/tenant.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import { Secret } from '@parley/instagram/secret.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { findOwnAccount } from '#connections/find-own-account.ts'
import { loadConnection } from '#connections/load-connection.ts'
import { refuseTakenAccount } from '#connections/refuse-taken-account.ts'
import type { Ports } from '#ports/ports.ts'
import { findTenant } from '#tenants/find-tenant.ts'
import { deriveGrant } from '#tokens/derive-grant.ts'
import { listGrants } from '#tokens/list-grants.ts'
import { adoptAccount } from './adopt-account.ts'
import { appIdOf } from './begin-login.ts'
import { hashImportedRow } from './hash-imported-row.ts'
import { lookAtFacebookToken } from './look-at-facebook-token.ts'
import { lookAtInstagramToken } from './look-at-instagram-token.ts'
import type { Adoption, ConnectHooks, Identified, LookedAt, Who } from './schema.ts'
import { findImportedRow, keepImportedRow } from './store-imports.ts'

type Touched = Pick<
  Ports,
  'db' | 'clock' | 'random' | 'vault' | 'graph' | 'config' | 'signals' | 'log'
>

type Imported = {
  readonly status: Exclude<ImportStatus, 'refused'>
  /** Null in a dry run, for an account that is new here. */
  readonly connectionId: string | null
  /** What there is to say of it. */
  readonly detail?: string
  /** It is live, and Meta did not confirm its messages. */
  readonly warning?: AppError
}

/** Whoever ended the connection decided so, and the same token again does not undo it. */
const ENDED = 'It was disconnected since. A fresh token, or a connect link, brings it back.'

/**
 * Makes a connection of a token that was got elsewhere, once Meta has proven whose it is. An account that is live here
 * stays as it is, whatever the token; one that is not keeps its id and its history. The same token again never brings
 * back what somebody ended.
 *
 * @param input `isDryRun`: asks Meta what changes nothing, and writes nothing.
 * @throws AppError of the slices `connect`, `tokens` and `tenants`.
 */
export async function importToken(
  ports: Touched,
  hooks: ConnectHooks,
  input: { request: ImportRequest; isDryRun: boolean; who: Who },
): Promise<Imported> {
  const { request, isDryRun, who } = input
  const { tenantId, login } = request
  const tenant = await findTenant(ports.db, tenantId)
  if (tenant === undefined) throw new AppError('tenants/not-found')
  try {
    return await carryOut(ports, hooks, { ...input, tenant })
  } catch (error) {
    if (!(error instanceof AppError) || isDryRun) throw error
    await recordAudit(ports.db, new Date(ports.clock.now()), {
      ...who,
      action: 'connect.import_refused',
      tenantId,
      detail: { code: error.code, login },
    })
    throw error
  }
}

async function carryOut(
  ports: Touched,
  hooks: ConnectHooks,
  input: { request: ImportRequest; isDryRun: boolean; who: Who; tenant: Tenant },
): Promise<Imported> {
  const { request, isDryRun, who, tenant } = input
  const { db, clock } = ports
  const { tenantId } = request
  const rowHashes = hashImportedRow(ports, request)
  const before = await findImportedRow(db, tenantId, rowHashes)
  if (before?.connection_id) {
    const unchanged = { status: 'unchanged', connectionId: before.connection_id } as const
    if (await isUsable(ports, request, before.connection_id)) return unchanged
    const { status } = await loadConnection(ports, before.connection_id, [tenantId])
    if (status === 'disconnected' || status === 'revoked') return { ...unchanged, detail: ENDED }
  }

  const looked = await lookAt(ports, request, tenant)
  const { accountId } = looked
  await refuseTakenAccount(db, { tenantId, accountId })
  const own = await findOwnAccount(db, { tenantId, accountId })
  const isLive = own?.isLive === true && (await isUsable(ports, request, own.connectionId))
  if (isDryRun) {
    return { status: isLive ? 'unchanged' : 'ready', connectionId: own?.connectionId ?? null }
  }
  const keep = async (connectionId: string): Promise<void> =>
    await keepImportedRow(db, {
      tenantId,
      rowHash: rowHashes[0],
      connectionId,
      sessionId: null,
      at: new Date(clock.now()),
    })
  if (own !== undefined && isLive) {
    await keep(own.connectionId)
    return { status: 'unchanged', connectionId: own.connectionId }
  }
  const asked = own?.askedCapabilities ?? capabilitiesOf(ports, tenant)
  const { status, identified } = await looked.take(asked)
  const adopted = await adopt(ports, hooks, { request, accountId, asked, identified, who })
  await keep(adopted.connectionId)
  return { status, ...adopted }
}

async function adopt(
  ports: Touched,
  hooks: ConnectHooks,
  input: {
    request: ImportRequest
    accountId: string
    asked: readonly Capability[]
    identified: Identified
    who: Who
  },
): Promise<Pick<Imported, 'warning'> & { readonly connectionId: string }> {
  const { request, accountId, asked, identified, who } = input
  const { tenantId } = request
  const session: Adoption = {
    id: null,
    tenant_id: tenantId,
    account_id: accountId,
    capabilities: [...asked],
    confirmation: 'none',
  }
  try {
    const { connectionId } = await adoptAccount(ports, hooks, { session, identified, who })
    return { connectionId }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'connect/subscription-failed') throw error
    // A new connection is kept all the same, and says so itself.
    const own = await findOwnAccount(ports.db, { tenantId, accountId })
    if (own?.isLive !== true || !(await isUsable(ports, request, own.connectionId))) throw error
    return { connectionId: own.connectionId, warning: error }
  }
}

/** Whether the connection has a token of that login that works as far as we know. */
async function isUsable(
  ports: Pick<Ports, 'db' | 'clock'>,
  { tenantId, login }: ImportRequest,
  connectionId: string,
): Promise<boolean> {
  const grants = await listGrants(ports.db, [{ tenantId, connectionId }])
  const nowMs = ports.clock.now()
  return (grants.get(connectionId) ?? []).some(
    (grant) => grant.login === login && deriveGrant(grant, nowMs).isUsable,
  )
}

async function lookAt(ports: Touched, request: ImportRequest, tenant: Tenant): Promise<LookedAt> {
  const { login, pageId } = request
  const appId = appIdOf(ports.config, login)
  if (appId === undefined) throw new AppError('connect/login-not-configured')
  const token = new Secret(request.accessToken)
  if (login === 'instagram') return await lookAtInstagramToken(ports, { token, appId })
  const asked = capabilitiesOf(ports, tenant)
  return await lookAtFacebookToken(ports, { token, appId, pageId, asked })
}

const capabilitiesOf = (ports: Pick<Ports, 'config'>, tenant: Tenant) =>
  tenant.capabilities ?? ports.config.capabilities
