import type { ApiKeyRequest, ApiKeyWithSecret } from '@parley/contract/api-key.ts'
import { AppError } from '@parley/contract/app-error.ts'
import { recordAudit } from '#audit/record-audit.ts'
import type { Ports } from '#ports/ports.ts'
import { apiKeyOf } from './api-key-of.ts'
import { hashSecret } from './hash-secret.ts'
import { insertApiKey, selectTenantExists } from './store.ts'

/** 256 random bits; the prefix lets secret scanners and people recognise it. */
const KEY_BYTES = 32
const API_KEY_PREFIX = 'parley_'

/**
 * Makes an API key. Its secret is in this answer and nowhere else.
 *
 * @throws AppError `tenants/not-found`.
 */
export async function createApiKey(
  ports: Pick<Ports, 'db' | 'clock' | 'random' | 'config'>,
  request: ApiKeyRequest,
  by: { actor: string; address?: string; requestId?: string },
): Promise<ApiKeyWithSecret> {
  const nowMs = ports.clock.now()
  const secret = API_KEY_PREFIX + ports.random.bytes(KEY_BYTES).toString('base64url')
  const row = {
    id: ports.random.uuid(nowMs),
    tenant_id: request.tenantId ?? null,
    name: request.name,
    scopes: [...new Set(request.scopes)],
    created_at: new Date(nowMs),
    last_used_at: null,
    revoked_at: null,
  }
  await ports.db.transaction(async (db) => {
    if (row.tenant_id !== null && !(await selectTenantExists(db, row.tenant_id))) {
      throw new AppError('tenants/not-found')
    }
    await insertApiKey(db, row, hashSecret(ports, 'api-key', secret))
    await recordAudit(db, row.created_at, {
      ...by,
      action: 'api_key.created',
      tenantId: row.tenant_id,
      subjectId: row.id,
      detail: { scopes: row.scopes.join(' ') },
    })
  })
  return { ...apiKeyOf(row), secret }
}
