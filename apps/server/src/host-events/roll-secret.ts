import { AppError } from '@parley/contract/app-error.ts'
import type { RolledSecret } from '@parley/contract/host-endpoint.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { makeSecret } from './endpoint-secret.ts'
import type { Who } from './schema.ts'
import { expireSecrets, insertSecret, lockEndpoint } from './store-endpoints.ts'

/** Long enough for a receiver to learn the new one. */
const BESIDE_MS = 24 * 60 * 60 * 1000
/** Old ones that still sign: each makes the header longer. */
const BESIDE_MAX = 4

/**
 * Makes a new secret for an endpoint; those before sign beside it for a day.
 *
 * @throws AppError `host-endpoints/not-found`.
 */
export async function rollSecret(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'vault'>,
  id: string,
  visible: readonly string[] | null,
  who: Who,
): Promise<RolledSecret> {
  const nowMs = ports.clock.now()
  const at = new Date(nowMs)
  const until = new Date(nowMs + BESIDE_MS)
  const secret = await ports.db.transaction(async (db) => {
    const endpoint = await lockEndpoint(db, visible, id)
    if (endpoint === undefined) throw new AppError('host-endpoints/not-found')
    const made = await makeSecret(ports, endpoint.tenant_id, nowMs)
    await expireSecrets(db, id, { until, at, max: BESIDE_MAX })
    await insertSecret(db, { ...made.row, endpointId: id }, at)
    await recordAudit(db, at, {
      ...who,
      action: 'host_endpoint.secret_rolled',
      tenantId: endpoint.tenant_id,
      subjectId: id,
    })
    return made.secret
  })
  return { secret, previousUntil: until.toISOString() }
}
