import { AppError } from '@parley/contract/app-error.ts'
import type { Tenant, TenantRequest } from '@parley/contract/tenant.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { normaliseReturnUrl } from './return-url.ts'
import { insertTenant, updateTenant } from './store.ts'

/**
 * Makes the tenant with this id, and its data key, or replaces what is known of it.
 *
 * @param by who does it, for the audit log.
 * @throws AppError `tenants/return-url-invalid`, `tenants/being-erased`, `http/invalid-fields` for an unknown timezone.
 */
export async function putTenant(
  ports: Pick<Ports, 'db' | 'clock' | 'vault' | 'config'>,
  tenantId: string,
  request: TenantRequest,
  by: string | { actor: string; address?: string; requestId?: string },
): Promise<{ tenant: Tenant; created: boolean }> {
  const tenant: Tenant = {
    id: tenantId,
    name: request.name,
    returnUrls: readReturnUrls(request.returnUrls),
    contactEmail: request.contactEmail ?? null,
    timezone: readTimezone(request.timezone ?? ports.config.timezone),
    capabilities: request.capabilities ?? null,
    defaultAutomation: request.defaultAutomation ?? null,
    retention: request.retention ?? { messagesDays: null, deliveriesDays: null, mediaDays: null },
  }
  const at = new Date(ports.clock.now())
  const created = await ports.db.transaction(async (db) => {
    const isNew = await insertTenant(db, tenant, at)
    if (isNew) await ports.vault.createTenantKey(db, tenantId)
    else if (!(await updateTenant(db, tenant, at))) throw new AppError('tenants/being-erased')
    await recordAudit(db, at, {
      ...(typeof by === 'string' ? { actor: by } : by),
      action: isNew ? 'tenant.created' : 'tenant.updated',
      tenantId,
      subjectId: tenantId,
    })
    return isNew
  })
  return { tenant, created }
}

/** Normal form, each once, in the order given: the first is where a connect returns to by default. */
function readReturnUrls(raw: readonly string[]): string[] {
  const wrong: { path: string; message: string }[] = []
  const urls = new Set<string>()
  for (const [n, text] of raw.entries()) {
    const url = normaliseReturnUrl(text)
    if (url === undefined) {
      wrong.push({ path: `returnUrls.${n}`, message: 'not an acceptable return URL' })
    } else {
      urls.add(url)
    }
  }
  if (wrong.length > 0) throw new AppError('tenants/return-url-invalid', { fields: wrong })
  return [...urls]
}

function readTimezone(name: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch (cause) {
    // RangeError is how Intl says that it does not know the name.
    throw new AppError('http/invalid-fields', {
      fields: [{ path: 'timezone', message: 'an IANA timezone such as Europe/Madrid' }],
      cause,
    })
  }
}
