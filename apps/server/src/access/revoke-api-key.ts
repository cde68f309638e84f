import type { ApiKey } from '@parley/contract/api-key.ts'
import { AppError } from '@parley/contract/app-error.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { apiKeyOf } from './api-key-of.ts'
import { updateApiKeyRevoked } from './store.ts'

/**
 * Ends a key at once; again the same.
 *
 * @throws AppError `auth/key-not-found`.
 */
export async function revokeApiKey(
  ports: Pick<Ports, 'db' | 'clock'>,
  id: string,
  visible: readonly string[] | null,
  by: { actor: string; address?: string; requestId?: string },
): Promise<ApiKey> {
  const at = new Date(ports.clock.now())
  return await ports.db.transaction(async (db) => {
    const row = await updateApiKeyRevoked(db, visible, id, at)
    if (row === undefined) throw new AppError('auth/key-not-found')
    if (row.first) {
      await recordAudit(db, at, {
        ...by,
        action: 'api_key.revoked',
        tenantId: row.tenant_id,
        subjectId: row.id,
      })
    }
    return apiKeyOf(row)
  })
}
