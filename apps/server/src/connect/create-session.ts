import { AppError } from '@parley/contract/app-error.ts'
import type { ConnectSession, ConnectSessionRequest } from '@parley/contract/connect-session.ts'
import type { Tenant } from '@parley/contract/tenant.ts'
import type { Login } from '@parley/instagram/login.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import { recordAudit } from '#audit/record-audit.ts'
import { loadAccount } from '#connections/load-account.ts'
import { maySee } from '#http/caller.ts'
import type { Caller } from '#http/caller.ts'
import type { Ports } from '#ports/ports.ts'
import { ensureTenant } from '#tenants/ensure-tenant.ts'
import { findTenant } from '#tenants/find-tenant.ts'
import { isAllowedReturnUrl, normaliseReturnUrl } from '#tenants/return-url.ts'
import { hashSecret } from './hash-secret.ts'
import type { SessionRow, Who } from './schema.ts'
import { insertSession } from './store.ts'

type Touched = Pick<Ports, 'db' | 'clock' | 'random' | 'vault' | 'config'>

const LINK_MS = 10 * 60 * 1000
/** A link that is sent on may lie in a mailbox for a while. */
const FORWARDED_LINK_MS = 7 * 24 * 60 * 60 * 1000

/**
 * Makes a connect link: single use, ten minutes (forwarded ones seven days), shown once.
 *
 * @throws AppError `tenants/not-found`, `connections/not-found`, `http/invalid-fields`,
 *   `connect/login-not-configured`, `connect/return-url-not-allowed`, `connect/wrong-account`.
 */
export async function createSession(
  ports: Touched,
  input: { caller: Caller; request: ConnectSessionRequest; who: Who },
): Promise<ConnectSession & { link: string }> {
  const { caller, request, who } = input
  const { db, config } = ports
  const tenant = await loadTenant(ports, caller, request.tenantId, who)
  const login = chooseLogin(config, request)
  const target = await readTarget(ports, tenant.id, request)
  const confirmation = readConfirmation(caller, request)
  const returnUrl = readReturnUrl(ports, caller, tenant, request.returnUrl)
  if (confirmation === 'return' && returnUrl === null) {
    // The code that confirms travels by the return address, and nowhere else.
    throw new AppError('connect/return-url-not-allowed', {
      detail: 'This tenant has no return URL, and without one nobody could confirm.',
    })
  }
  const nowMs = ports.clock.now()
  const link = ports.random.bytes(32).toString('base64url')

  const row: SessionRow = {
    tenant_id: tenant.id,
    id: ports.random.uuid(nowMs),
    link_hash: hashSecret(config.secrets, 'link', link)[0],
    login: login ?? null,
    return_url: returnUrl,
    connection_id: target.connectionId,
    account_id: target.accountId,
    page_id: request.pageId ?? null,
    capabilities: [
      ...(request.capabilities ??
        target.capabilities ??
        tenant.capabilities ??
        config.capabilities),
    ],
    confirmation,
    direct: confirmation === 'return' && login !== undefined,
    created_by: caller.actor,
    browser_hash: null,
    created_at: new Date(nowMs),
    expires_at: new Date(nowMs + (confirmation === 'host' ? FORWARDED_LINK_MS : LINK_MS)),
    used_at: null,
    revoked_at: null,
  }
  await db.transaction(async (db) => {
    await insertSession(db, row)
    await recordAudit(db, row.created_at, {
      ...who,
      action: 'connect.session_created',
      tenantId: tenant.id,
      subjectId: row.id,
      detail: { login: row.login, confirmation, connection: target.connectionId },
    })
  })
  return {
    id: row.id,
    url: `${config.url}/connect/${link}`,
    expiresAt: row.expires_at.toISOString(),
    link,
  }
}

/** Somebody else's tenant is as unknown as none. */
async function loadTenant(
  ports: Touched,
  caller: Caller,
  asked: string | undefined,
  who: Who,
): Promise<Tenant> {
  const tenantId = asked ?? onlyTenantOf(caller)
  if (tenantId === undefined) {
    throw new AppError('http/invalid-fields', {
      fields: [{ path: 'tenantId', message: 'name the tenant to connect for' }],
    })
  }
  if (!maySee(caller, tenantId)) throw new AppError('tenants/not-found')
  if (caller.kind === 'jwt' && caller.createsTenant) {
    await ensureTenant(ports, tenantId, {
      actor: who.actor,
      ...(who.address === null ? {} : { address: who.address }),
      ...(who.requestId === null ? {} : { requestId: who.requestId }),
    })
  }
  const tenant = await findTenant(ports.db, tenantId)
  if (tenant === undefined) throw new AppError('tenants/not-found')
  return tenant
}

function onlyTenantOf(caller: Caller): string | undefined {
  switch (caller.kind) {
    case 'key':
      return caller.tenantId ?? undefined
    case 'jwt':
      return caller.tenantId
    case 'operator':
      return caller.tenants !== 'all' && caller.tenants.length === 1 ? caller.tenants[0] : undefined
  }
}

/** A named page can only mean the Facebook login. */
function chooseLogin(config: Ports['config'], request: ConnectSessionRequest): Login | undefined {
  const login = request.login ?? (request.pageId === undefined ? undefined : 'facebook')
  const isThere = {
    instagram: config.instagramApp !== undefined,
    facebook: config.facebookApp !== undefined,
  }
  const isUsable = login === undefined ? isThere.instagram || isThere.facebook : isThere[login]
  if (!isUsable) throw new AppError('connect/login-not-configured')
  return login
}

type Target = {
  connectionId: string | null
  accountId: string | null
  /** What a reconnect asks when nothing is named: what the connection has. */
  capabilities: readonly Capability[] | undefined
}

async function readTarget(
  ports: Touched,
  tenantId: string,
  request: ConnectSessionRequest,
): Promise<Target> {
  const { connectionId, accountId } = request
  if (connectionId === undefined) {
    return { connectionId: null, accountId: accountId ?? null, capabilities: undefined }
  }
  const account = await loadAccount(ports.db, tenantId, connectionId)
  if (accountId !== undefined && accountId !== account.accountId) {
    throw new AppError('connect/wrong-account')
  }
  return {
    connectionId: account.connectionId,
    accountId: account.accountId,
    capabilities: account.askedCapabilities,
  }
}

/**
 * A user JWT cannot vouch for whoever opens the link, so its connections always wait for the browser that finished, or
 * for the host.
 */
function readConfirmation(
  caller: Caller,
  request: ConnectSessionRequest,
): SessionRow['confirmation'] {
  if (caller.kind !== 'jwt') return request.confirmation ?? 'none'
  if (request.confirmation === 'none') {
    throw new AppError('http/invalid-fields', {
      fields: [{ path: 'confirmation', message: '`return` or `host` with a user JWT' }],
    })
  }
  return request.confirmation ?? 'return'
}

/** Nothing but a listed address; for an operator also the dashboard itself. */
function readReturnUrl(
  ports: Pick<Ports, 'config'>,
  caller: Caller,
  tenant: Tenant,
  asked: string | undefined,
): string | null {
  const { config } = ports
  if (asked === undefined) return tenant.returnUrls[0] ?? config.returnUrl ?? null
  const url = normaliseReturnUrl(asked)
  const isOwn =
    caller.kind === 'operator' &&
    url !== undefined &&
    new URL(url).origin === new URL(config.url).origin
  if (url === undefined || !(isOwn || isAllowedReturnUrl(tenant, asked))) {
    throw new AppError('connect/return-url-not-allowed')
  }
  return url
}
