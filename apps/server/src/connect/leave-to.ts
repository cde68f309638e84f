import type { Ports } from '#ports/ports.ts'
import { findTenant } from '#tenants/find-tenant.ts'
import { isAllowedReturnUrl } from '#tenants/return-url.ts'
import type { Result, SessionRow } from './schema.ts'

const OWN = ['connected', 'connection_id', 'confirm', 'error']

/**
 * Where the browser goes in the end: the host's address with the result in its query, other parameters kept. Without an
 * address of the host's, or with one that was taken off the list since the link was made, our own result page.
 */
export async function leaveTo(
  ports: Pick<Ports, 'db' | 'config'>,
  session: Pick<SessionRow, 'tenant_id' | 'return_url'>,
  stateId: string,
  result: Result,
): Promise<string> {
  const own = `${ports.config.url}/connect/result/${stateId}`
  const url = new URL((await isStillAllowed(ports, session)) ? (session.return_url ?? own) : own)
  for (const name of OWN) {
    if (url.searchParams.has(name)) url.searchParams.delete(name)
  }
  // Appended as text: the host's own parameters keep their spelling.
  const told = new URLSearchParams(
    result.connected
      ? {
          connected: '1',
          connection_id: result.connectionId,
          ...(result.confirm === undefined ? {} : { confirm: result.confirm }),
        }
      : { connected: '0', error: result.error },
  )
    .toString()
    .replaceAll('%2F', '/')
  url.search = url.search === '' ? told : `${url.search}&${told}`
  return url.href
}

async function isStillAllowed(
  { db, config }: Pick<Ports, 'db' | 'config'>,
  { tenant_id: tenantId, return_url: url }: Pick<SessionRow, 'tenant_id' | 'return_url'>,
): Promise<boolean> {
  if (url === null || url === config.returnUrl) return true
  if (new URL(url).origin === new URL(config.url).origin) return true
  const tenant = await findTenant(db, tenantId)
  return tenant !== undefined && isAllowedReturnUrl(tenant, url)
}
