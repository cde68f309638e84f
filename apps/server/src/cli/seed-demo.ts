import { AppError } from '@parley/contract/app-error.ts'
import { TenantRequest } from '@parley/contract/tenant.ts'
import { clinicAutomation } from '#automation/clinic-flow.ts'
import type { Ports } from '#ports/ports.ts'
import { findTenant } from '#tenants/find-tenant.ts'
import { putTenant } from '#tenants/put-tenant.ts'

/** The demo's one customer: a clinic whose automation answers. */
const DEMO_TENANT_ID = 'lumen'

/** Does nothing when the tenant is there: what was changed since is kept. */
export async function seedDemo(
  ports: Pick<Ports, 'config' | 'db' | 'clock' | 'vault'>,
): Promise<void> {
  if ((await findTenant(ports.db, DEMO_TENANT_ID)) !== undefined) return
  const request = TenantRequest.parse({
    name: 'Lumen Chiropractic',
    returnUrls: [`${ports.config.url}/connections`],
    timezone: 'Europe/Madrid',
    capabilities: ['messages'],
    defaultAutomation: clinicAutomation,
  })
  try {
    await putTenant(ports, DEMO_TENANT_ID, request, 'system')
  } catch (error) {
    // Somebody tried out how a tenant is erased; the start after the end of it seeds anew.
    if (!(error instanceof AppError) || error.code !== 'tenants/being-erased') throw error
  }
}
