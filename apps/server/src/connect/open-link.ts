import { AppError } from '@parley/contract/app-error.ts'
import type { Login } from '@parley/instagram/login.ts'
import type { Capability } from '@parley/instagram/scopes.ts'
import { loadAccount } from '#connections/load-account.ts'
import type { Ports } from '#ports/ports.ts'
import { findTenant } from '#tenants/find-tenant.ts'
import { hashSecret } from './hash-secret.ts'
import type { SessionRow } from './schema.ts'
import { findOpenSession } from './store.ts'

/** What the link's page tells the person before leaving for Meta. */
export type OpenedLink = {
  readonly session: SessionRow
  readonly tenantName: string
  readonly capabilities: readonly Capability[]
  /** Logins to choose from; one when the link names it or the server has no other. */
  readonly logins: readonly Login[]
  /** On reconnect, the account to choose at Meta. */
  readonly username: string | null
}

/**
 * Looks at a link. Changes nothing: previews and mail scanners open links too.
 *
 * @throws AppError `connect/link-expired` for anything that may not be opened; unknown ones look the same.
 */
export async function openLink(
  ports: Pick<Ports, 'db' | 'clock' | 'config'>,
  link: string,
): Promise<OpenedLink> {
  const { config, db } = ports
  const now = new Date(ports.clock.now())
  const session = LINK.test(link)
    ? await findOpenSession(db, hashSecret(config.secrets, 'link', link), now)
    : undefined
  const tenant = session && (await findTenant(db, session.tenant_id))
  if (session === undefined || tenant === undefined) throw new AppError('connect/link-expired')
  const account =
    session.connection_id === null
      ? undefined
      : await loadAccount(db, tenant.id, session.connection_id)
  return {
    session,
    tenantName: tenant.name,
    capabilities: session.capabilities,
    logins: session.login === null ? configuredLogins(config) : [session.login],
    username: account?.username ?? null,
  }
}

const LINK = /^[\w-]{43}$/

export function configuredLogins(
  config: Pick<Ports['config'], 'instagramApp' | 'facebookApp'>,
): Login[] {
  return [
    ...(config.instagramApp === undefined ? [] : (['instagram'] as const)),
    ...(config.facebookApp === undefined ? [] : (['facebook'] as const)),
  ]
}
