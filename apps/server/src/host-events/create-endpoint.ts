import { AppError } from '@parley/contract/app-error.ts'
import type { HostEndpointRequest, HostEndpointWithSecret } from '@parley/contract/host-endpoint.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { describeEndpoint } from './describe-endpoint.ts'
import { makeSecret } from './endpoint-secret.ts'
import { readEndpointUrl } from './read-endpoint-url.ts'
import type { Who } from './schema.ts'
import {
  countEndpoints,
  insertEndpoint,
  insertSecret,
  selectTenantExists,
} from './store-endpoints.ts'
import { tellEndpoint } from './tell-endpoint.ts'

/** Of one tenant, and of the operator. Each event is written once for every one of them. */
const ENDPOINTS_MAX = 50

/**
 * Makes an endpoint, told from now on. Its secret is in this answer and nowhere else.
 *
 * @throws AppError `tenants/not-found`, `host-endpoints/url-not-allowed`, `host-endpoints/too-many`.
 */
export async function createEndpoint(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'vault' | 'hostHttp' | 'signals'>,
  request: HostEndpointRequest,
  who: Who,
): Promise<HostEndpointWithSecret> {
  const tenantId = request.tenantId ?? null
  if (tenantId !== null && !(await selectTenantExists(ports.db, tenantId))) {
    throw new AppError('tenants/not-found')
  }
  const url = await readEndpointUrl(ports, request.url, { tenantId, endpointId: null, who })
  const nowMs = ports.clock.now()
  const id = ports.random.uuid(nowMs)
  const at = new Date(nowMs)
  const { secret, row: secretRow } = await makeSecret(ports, tenantId, nowMs)
  const row = await ports.db.transaction(async (db) => {
    if ((await countEndpoints(db, tenantId)) >= ENDPOINTS_MAX) {
      throw new AppError('host-endpoints/too-many')
    }
    const events = request.events ?? null
    const made = await insertEndpoint(db, { id, tenant_id: tenantId, url, events, created_at: at })
    await insertSecret(db, { ...secretRow, endpointId: id }, at)
    await recordAudit(db, at, {
      ...who,
      action: 'host_endpoint.created',
      tenantId,
      subjectId: id,
    })
    return made
  })
  tellEndpoint(ports, row)
  return { ...describeEndpoint(row), secret }
}
