import type { Tenant } from '@parley/contract/tenant.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { insertTenant } from './store.ts'

/**
 * Makes a bare tenant when there is none with this id; never changes one that exists. For the first connect of a
 * tenant that only a user JWT has named (HOST_JWT_CREATES_TENANTS).
 */
export async function ensureTenant(
  ports: Pick<Ports, 'db' | 'clock' | 'vault' | 'config'>,
  tenantId: string,
  by: { actor: string; address?: string; requestId?: string },
): Promise<void> {
  const at = new Date(ports.clock.now())
  const tenant: Tenant = {
    id: tenantId,
    name: tenantId,
    returnUrls: [],
    contactEmail: null,
    timezone: ports.config.timezone,
    capabilities: null,
    defaultAutomation: null,
    retention: { messagesDays: null, deliveriesDays: null, mediaDays: null },
  }
  await ports.db.transaction(async (db) => {
    if (!(await insertTenant(db, tenant, at))) return
    await ports.vault.createTenantKey(db, tenantId)
    await recordAudit(db, at, { ...by, action: 'tenant.created', tenantId, subjectId: tenantId })
  })
}
